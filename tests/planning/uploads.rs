//! Certificates that the service does not give back, uploaded again from where
//! the migration file says.

use crate::common::Output;
use crate::common::migration::{Migration, files};

/// The smallest thing that passes for a PFX; what is in it is for nobody to see.
const PFX: &[u8] = b"\x30\x17\x02\x01\x03the-private-key-here";
const BASE64: &str = "MBcCAQN0aGUtcHJpdmF0ZS1rZXktaGVyZQ==";
const PASSWORD: &str = "correct-horse-battery";

const COPY: &str = "/workspaces/billing/certificates/carrier-client-in-billing";

/// The API of Contoso that needs the uploaded certificate, with a migration
/// file that says this of certificates.
fn with(certificates: &str) -> Migration {
    let m = Migration::contoso(&[]);
    let text = format!(
        "version: 1\nworkspace: billing\nselect: {{apis: [shipping-soap]}}\n{certificates}\n"
    );
    m.env.write("config/migration.yaml", &text);
    m
}

fn planned(m: &Migration) -> Output {
    let args = ["plan", "-f", "config/migration.yaml", "-o", "plans/p"];
    m.env.run(&args)
}

fn applied(m: &Migration) -> Output {
    m.env.run(&["apply", "plans/p", "--yes", "-v"])
}

/// Neither a file below the plan nor anything that was said holds what is
/// uploaded.
#[track_caller]
fn assert_hidden(m: &Migration, outputs: &[&Output]) {
    let told = outputs.iter().map(|o| ("output".to_owned(), o.to_string()));
    for (name, text) in files(&m.env.path("plans")).into_iter().chain(told) {
        for secret in [BASE64, PASSWORD, "the-private-key-here"] {
            assert!(!text.contains(secret), "`{secret}` is in {name}");
        }
    }
}

#[test]
fn without_a_word_it_blocks_and_the_help_says_what_to_write() {
    let m = with("");
    planned(&m)
        .exits(3)
        .says("certificate-not-readable")
        .says("under certificates in the migration file");
}

#[test]
fn a_file_is_uploaded_with_its_password_and_both_stay_hidden() {
    let mut m =
        with("certificates:\n  Carrier-Client: { pfx: certs/c.pfx, passwordEnv: CARRIER_PW }");
    let plan = planned(&m).exits(0).omits("certificate-not-readable");
    let text = m.env.read("plans/p/plan.yaml");
    let named = "upload: { pfx: '../../config/certs/c.pfx', passwordEnv: CARRIER_PW }";
    assert!(text.contains(named), "{text}");
    let place = "../../config/certs/c.pfx";
    m.env.run(&["show", "plans/p"]).exits(0).says(place);
    let shown = m.env.run(&["show", "plans/p", "--format", "html"]).exits(0);
    assert!(shown.stdout.contains(place) && shown.stdout.contains("CARRIER_PW"));

    // The first write waits until all is at hand, and all that lacks is told.
    let before = m.state();
    m.forget_log();
    applied(&m)
        .exits(2)
        .says("could not read the file")
        .says("c.pfx");
    std::fs::create_dir(m.env.path("config/certs")).unwrap();
    std::fs::write(m.env.path("config/certs/c.pfx"), PFX).unwrap();
    applied(&m).exits(2).says("`CARRIER_PW` is not set");
    assert_eq!(m.count("PUT"), 0);
    assert_eq!(m.state(), before);

    m.env = m.env.with("CARRIER_PW", PASSWORD);
    let dry = m.env.run(&["apply", "plans/p", "--dry-run"]).exits(0);
    assert!(dry.stdout.contains("uploaded from the file") && dry.stdout.contains("[secret]"));
    let apply = applied(&m).exits(0);
    let copy = &m.dump()[&COPY.to_lowercase()];
    assert_eq!(copy["data"], BASE64);
    assert_eq!(copy["password"], PASSWORD);
    let verify = m.env.run(&["verify", "plans/p"]).exits(0);
    m.forget_log();
    // What is done needs the file no more.
    std::fs::remove_file(m.env.path("config/certs/c.pfx")).unwrap();
    let again = applied(&m).exits(0);
    assert_eq!(m.count("PUT"), 0);
    // Nor what stands there when the journal is lost.
    let journal = m.env.read("plans/p/journal.jsonl");
    std::fs::remove_file(m.env.path("plans/p/journal.jsonl")).unwrap();
    applied(&m).exits(0);
    assert_eq!(m.count("PUT"), 0);
    m.env.write("plans/p/journal.jsonl", &journal);
    assert_hidden(&m, &[&plan, &dry, &apply, &verify, &again]);
    m.env.run(&["rollback", "plans/p", "--yes"]).exits(0);
    assert!(!m.dump().contains_key(&COPY.to_lowercase()));
}

#[test]
fn a_renewed_file_is_noticed_and_sent_over_the_plans_own_copy_alone() {
    let m = with("certificates:\n  carrier-client: { pfx: c.pfx }");
    let renew = |letter: u8| {
        let mut pfx = PFX.to_vec();
        *pfx.last_mut().unwrap() = letter;
        std::fs::write(m.env.path("config/c.pfx"), &pfx).unwrap();
    };
    let puts = || {
        let puts = m.log().into_iter().filter(|(method, _)| method == "PUT");
        puts.map(|(_, path)| path.rsplit('/').next().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    planned(&m).exits(0);
    renew(b'1');
    let first = applied(&m).exits(0);
    let status = || m.env.run(&["status", "plans/p"]).exits(0);
    status().omits("wanted otherwise");
    renew(b'2');
    let changed = status().says("wanted otherwise since");
    let dry = m.env.run(&["apply", "plans/p", "--dry-run"]).exits(0);
    assert_eq!(dry.stdout.matches("PUT ").count(), 1, "{dry}");
    m.forget_log();
    let second = applied(&m).exits(0);
    assert_eq!(puts(), ["carrier-client-in-billing"]);
    m.forget_log();
    applied(&m).exits(0);
    assert_eq!(puts(), [] as [&str; 0]);
    // Somebody uploads another one over it: that is told, and not written over.
    let url = format!("{}{COPY}?api-version=2024-05-01", m.sandbox.service);
    let theirs = serde_json::json!({"properties": {"data": "MBcCAQN0aGVpcnM="}});
    let (code, answer) = m.sandbox.ask("PUT", &url, Some(&theirs));
    assert_eq!(code, 200, "{answer}");
    renew(b'3');
    applied(&m)
        .exits(6)
        .says("somebody changed something since this plan wrote it")
        .says(COPY);
    assert_hidden(&m, &[&first, &changed, &dry, &second]);
}

#[test]
fn what_left_the_plan_and_somebody_uploaded_anew_is_kept() {
    let m = with("certificates:\n  carrier-client: { pfx: c.pfx }");
    std::fs::write(m.env.path("config/c.pfx"), PFX).unwrap();
    planned(&m).exits(0);
    applied(&m).exits(0);
    // All steps are dropped by hand, and somebody has a certificate of his own there.
    let plan = m.env.read("plans/p/plan.yaml");
    let (head, _) = plan.split_once("\nsteps:\n").unwrap();
    m.env
        .write("plans/p/plan.yaml", &format!("{head}\nsteps: []\n"));
    let url = format!("{}{COPY}?api-version=2024-05-01", m.sandbox.service);
    let theirs = serde_json::json!({"properties": {"data": "MBcCAQN0aGVpcnM="}});
    assert_eq!(m.sandbox.ask("PUT", &url, Some(&theirs)).0, 200);
    let pruned = (m.env).run(&["apply", "plans/p", "--yes", "--prune"]);
    let copy = &m.dump()[&COPY.to_lowercase()];
    assert_eq!(copy["data"], "MBcCAQN0aGVpcnM=", "{pruned}");
    let api = "/workspaces/billing/apis/shipping-soap-in-billing";
    assert!(!m.dump().contains_key(api), "{pruned}");
}

#[test]
fn a_variable_is_uploaded_from_any_directory() {
    let mut m = with("certificates: { carrier-client: { pfxEnv: CARRIER_PFX } }");
    let plan = planned(&m).exits(0);
    m.env = m.env.with("CARRIER_PFX", "bm90IGEgcGZ4");
    applied(&m).exits(2).says("`CARRIER_PFX` holds no PFX");
    m.env = m.env.with("CARRIER_PFX", BASE64);
    let json = m.env.run(&["show", "plans/p", "--format", "json"]).exits(0);
    let steps = json.json()["steps"].as_array().unwrap().clone();
    let uploads: Vec<_> = (steps.iter())
        .filter(|s| !s["upload"].is_null())
        .map(|s| (s["kind"].as_str().unwrap(), s["upload"].to_string()))
        .collect();
    assert_eq!(
        uploads,
        [("certificate", r#"{"pfxEnv":"CARRIER_PFX"}"#.to_owned())]
    );
    let folder = m.env.path("plans/p").display().to_string();
    let elsewhere = m.env.path("elsewhere");
    std::fs::create_dir(&elsewhere).unwrap();
    let mut command = m.env.command(&["apply", &folder, "--yes"]);
    let apply = Output::of(command.current_dir(&elsewhere).output().unwrap()).exits(0);
    let copy = &m.dump()[&COPY.to_lowercase()];
    assert_eq!(copy["data"], BASE64);
    assert!(copy["password"].is_null());
    m.env.run(&["verify", "plans/p"]).exits(0);
    assert_hidden(&m, &[&plan, &json, &apply]);
}

#[test]
fn names_and_members_that_do_not_fit_are_refused() {
    let m = with("certificates: { carrier-clint: { pfxEnv: X } }");
    planned(&m)
        .exits(2)
        .says("a PFX is given for `/certificates/carrier-clint`, which `contoso` does not have")
        .says("carrier-client");
    for (certificates, said) in [
        ("certificates: {c: {pfx: a, pfxEnv: B}}", "exactly one of"),
        ("certificates: {c: {passwordEnv: B}}", "exactly one of"),
        (
            "certificates: {c: {pfx: a, password: b}}",
            "no key `password`",
        ),
        ("certificates: {c: {pfxEnv: 'a b'}}", "`pfxEnv` must be"),
    ] {
        let m = with(certificates);
        planned(&m).exits(2).says("migration.yaml").says(said);
    }
    // There, but not among what is copied: the plan is made, and says so.
    let m = with("certificates: { carrier-client: { pfxEnv: X } }");
    let args = ["plan", "-f", "config/migration.yaml", "--api", "invoices"];
    let said = "/certificates/carrier-client: a PFX is given for it";
    m.env.run(&args).exits(0).says("upload-unused").says(said);
}

#[test]
fn an_edited_plan_that_uploads_what_it_should_not_is_refused() {
    let m = with("certificates: { carrier-client: { pfxEnv: X } }");
    planned(&m).exits(0);
    let text = m.env.read("plans/p/plan.yaml");
    let line = "    upload: { pfxEnv: X }\n";
    m.env.write("plans/p/plan.yaml", &text.replace(line, ""));
    applied(&m)
        .exits(6)
        .says("nothing says where to upload it from");
    let moved = text.replacen("    after: []\n", &format!("{line}    after: []\n"), 1);
    let first = text.find("    after: []").unwrap();
    assert!(text[..first].matches("upload").count() == 0, "{text}");
    m.env.write("plans/p/plan.yaml", &moved);
    applied(&m).exits(6).says("nothing is uploaded for this");
}
