//! The sample plan that the documentation shows is what the program writes.

use crate::common::migration::{CLEAN, Migration, files};

/// Compares `plans/contoso` with a fresh plan; with `UPDATE_DOCS` set it is
/// written anew.
#[test]
fn the_sample_plan_is_true() {
    let m = Migration::contoso(&[]);
    m.plan(CLEAN, &["--name", "contoso"]).exits(0);
    let sample = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("plans/contoso");
    let timeless = |files: Vec<(String, String)>| -> Vec<(String, String)> {
        let time = "created: 2026-01-01T00:00:00Z";
        let line = |l: &str| match l.starts_with("created: ") {
            true => time.to_owned(),
            false => l.to_owned(),
        };
        let text = |name: &str, text: String| match name {
            "plan.yaml" => text.lines().map(|l| line(l) + "\n").collect(),
            _ => text,
        };
        files
            .into_iter()
            .map(|(n, t)| {
                let t = text(&n, t);
                (n, t)
            })
            .collect()
    };
    let fresh = timeless(files(&m.env.path("p")));
    if std::env::var_os("UPDATE_DOCS").is_some() {
        let _ = std::fs::remove_dir_all(&sample);
        for (name, text) in &fresh {
            let path = sample.join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
    }
    let kept = match sample.exists() {
        true => files(&sample),
        false => Vec::new(),
    };
    let names =
        |files: &[(String, String)]| files.iter().map(|(n, _)| n.clone()).collect::<Vec<_>>();
    assert_eq!(
        names(&kept),
        names(&fresh),
        "run the tests with UPDATE_DOCS=1"
    );
    for (kept, fresh) in kept.iter().zip(&fresh) {
        assert!(
            kept == fresh,
            "{} is out of date: run the tests with UPDATE_DOCS=1",
            kept.0
        );
    }
}
