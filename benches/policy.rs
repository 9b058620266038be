//! How fast documents are scanned and rewritten.

use apim_migrate::policy::{Edit, Report, rewrite, scan};
use divan::counter::BytesCount;
use divan::{Bencher, black_box};

fn main() {
    divan::main();
}

/// Documents by what they are made of.
const DOCUMENTS: &[(&str, &str)] = &[
    (
        "elements",
        include_str!("../tests/policy/documents/jwt-validation.xml"),
    ),
    (
        "code",
        include_str!("../tests/policy/documents/csharp-literals.xml"),
    ),
    (
        "liquid",
        include_str!("../tests/policy/documents/liquid-bodies.xml"),
    ),
];

fn document(name: &str) -> &'static str {
    let found = DOCUMENTS.iter().find(|(known, _)| *known == name);
    found.map(|(_, text)| *text).unwrap_or_default()
}

/// A document about as long as the service takes.
fn long(document: &str) -> String {
    document.repeat(512 * 1024 / document.len())
}

#[divan::bench(args = ["elements", "code", "liquid"])]
fn scan_long(bencher: Bencher, name: &str) {
    let text = long(document(name));
    bencher
        .counter(BytesCount::of_str(&text))
        .bench(|| scan(black_box(&text)));
}

#[divan::bench(args = ["elements", "code", "liquid"])]
fn scan_short(bencher: Bencher, name: &str) {
    let document = document(name);
    bencher
        .counter(BytesCount::of_str(document))
        .bench(|| scan(black_box(document)));
}

/// All public documents at hand, when they are.
#[divan::bench]
fn scan_public(bencher: Bencher) {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/policies");
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let texts: Vec<String> = files
        .filter(|file| file.path().extension().is_some_and(|end| end == "xml"))
        .filter_map(|file| std::fs::read_to_string(file.path()).ok())
        .collect();
    let bytes: usize = texts.iter().map(String::len).sum();
    bencher.counter(BytesCount::new(bytes)).bench(|| {
        for text in &texts {
            black_box(scan(text));
        }
    });
}

#[divan::bench]
fn report(bencher: Bencher) {
    let document = document("elements");
    bencher
        .counter(BytesCount::of_str(document))
        .bench(|| Report::of("a.xml", black_box(document)));
}

#[divan::bench]
fn rewrite_every_name(bencher: Bencher) {
    let text = long(document("elements"));
    let edits: Vec<Edit> = scan(&text)
        .references
        .into_iter()
        .map(|found| Edit {
            text: format!("{}-2", found.name),
            span: found.span,
        })
        .collect();
    bencher
        .counter(BytesCount::of_str(&text))
        .bench(|| rewrite(black_box(&text), &edits));
}
