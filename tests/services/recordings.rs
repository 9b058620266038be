//! The sandbox answers as the real service did: every recorded session is
//! played to it, and each difference needs a reason.

mod compare;
mod granted;
mod known;
mod page;
mod play;
mod session;

use std::collections::BTreeMap;

use compare::{Comparison, Difference, Rule};
use known::{KNOWN, LEFT_OUT};
use page::{Count, Figures, share};
use play::{Answer, Player};
use session::{Exchange, NEWEST};

/// What is sped up; for the rest, the sandbox is the service that was recorded.
const QUICK: &[&str] = &["linger-ms=0", "write-ms=0"];

/// Whether the ETag of each path moved between two answers.
#[derive(Default)]
struct Etags(BTreeMap<String, (String, String)>);

impl Etags {
    fn compare(&mut self, e: &Exchange, answer: &Answer, found: &mut Vec<Difference>) {
        let path = e.path.to_ascii_lowercase();
        if e.method == "DELETE" {
            self.0.remove(&path);
            return;
        }
        let tag = |headers: &BTreeMap<String, String>| headers.get("etag").cloned();
        let (Some(theirs), Some(ours)) = (tag(&e.rheaders), tag(&answer.headers)) else {
            return;
        };
        if let Some((then, mine)) = self.0.get(&path) {
            let moved = |moved| if moved { "moved" } else { "stayed" }.to_owned();
            let (recorded, ours) = (*then != theirs, *mine != ours);
            if recorded != ours {
                found.push(Difference {
                    rule: Rule::Etag,
                    at: e.method.clone(),
                    recorded: moved(recorded),
                    ours: moved(ours),
                });
            }
        }
        self.0.insert(path, (theirs, ours));
    }
}

impl Count {
    fn add(&mut self, found: &[Difference]) {
        self.all += 1;
        for rule in Rule::ALL {
            if found.iter().any(|difference| difference.rule == rule) {
                *self.differ.entry(rule).or_default() += 1;
            }
        }
        self.shaped += usize::from(!found.iter().any(|d| d.rule.is_of_shape()));
    }
}

async fn play(session: &[Exchange], figures: &mut Figures, unexplained: &mut Vec<String>) {
    let mut player = Player::start(granted::seed(session)).await;
    let mut etags = Etags::default();
    for e in session {
        let (kind, _) = e.kind();
        if let Some((kind, _)) = LEFT_OUT.iter().find(|(left, _)| *left == kind) {
            *figures.left_out.entry(kind).or_default() += 1;
            continue;
        }
        let by_arm = e
            .rheaders
            .get("x-ms-failure-cause")
            .is_some_and(|by| by == "gateway");
        if by_arm && e.status == 404 {
            let group = e.rbody["error"]["code"] == "ResourceGroupNotFound";
            player.lose_the_service(group).await;
        }
        let answer = player.play(e).await;
        let mut comparison = Comparison::new(&mut player);
        comparison.answers(e, &answer);
        let mut found = comparison.found;
        etags.compare(e, &answer, &mut found);
        figures.all.add(&found);
        figures.kinds.entry(kind).or_default().add(&found);
        if e.version() == NEWEST {
            figures.newest.add(&found);
        }
        for difference in found {
            match known::reason(e, &difference) {
                Some(at) => *figures.explained.entry(at).or_default() += 1,
                None => unexplained.push(format!(
                    "{:?} {} | {} | recorded {} | ours {}",
                    difference.rule,
                    difference.at,
                    e.place(),
                    difference.recorded,
                    difference.ours
                )),
            }
        }
    }
}

#[tokio::test]
async fn the_sandbox_answers_as_the_service_did() {
    let Some(sessions) = session::sessions() else {
        println!("skipped: ../shared is absent");
        return;
    };
    let mut figures = Figures::default();
    let mut unexplained = Vec::new();
    for session in &sessions {
        play(session, &mut figures, &mut unexplained).await;
    }
    let page = figures.page();
    if let Some(file) = std::env::var_os("RECORDINGS_REPORT") {
        std::fs::write(file, format!("{}\n\n{page}", unexplained.join("\n"))).unwrap();
    }
    assert!(unexplained.is_empty(), "{}\n{page}", unexplained.join("\n"));
    for (at, known) in KNOWN.iter().enumerate() {
        let used = figures.explained.contains_key(&at);
        assert!(
            used,
            "nothing differs any more: {} {}",
            known.kind, known.at
        );
    }
    assert!(figures.all.share(Rule::Status) >= 99.0, "{page}");
    assert!(
        share(figures.newest.shaped, figures.newest.all) >= 90.0,
        "{page}"
    );
    stands_in_the_documentation(&page);
}

/// Compares a part of docs/fidelity.md with what it should be; writes it when
/// `UPDATE_DOCS` is set.
fn stands_in_the_documentation(page: &str) {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/fidelity.md");
    let text = std::fs::read_to_string(file).unwrap();
    let (begin, end) = ("<!-- recordings -->\n", "<!-- /recordings -->");
    let start = text.find(begin).unwrap() + begin.len();
    let stop = text.find(end).unwrap();
    let wanted = format!("{}{page}{}", &text[..start], &text[stop..]);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(file, &wanted).unwrap();
    }
    let text = std::fs::read_to_string(file).unwrap();
    assert!(
        text == wanted,
        "{file} is out of date: run the tests with UPDATE_DOCS=1"
    );
}
