//! The text of `plan.yaml`: the same plan gives the same bytes.

use std::fmt::Write as _;
use std::io;

use super::VERSION;
use super::scalar::scalar;
use crate::catalog::ApiVersion;
use crate::plan::finding::{Finding, Severity};
use crate::plan::model::{Action, Plan, Step};
use crate::plan::setup::Setup;
use crate::plan::upload::{Upload, UploadFrom};

/// Widest line before a list is broken into several.
const WIDTH: usize = 100;

/// Writes it: what comes before the steps, then each of them.
pub(super) fn write_plan(
    plan: &Plan,
    bodies: &[Option<String>],
    to: &mut impl io::Write,
) -> io::Result<()> {
    let mut out = top(plan);
    for (step, body) in plan.steps.iter().zip(bodies) {
        write_step(&mut out, step, body.as_deref());
        to.write_all(out.as_bytes())?;
        out.clear();
    }
    to.write_all(out.as_bytes())
}

/// What stands before the first step.
fn top(plan: &Plan) -> String {
    let mut out = String::new();
    head(plan, &mut out);
    let version = match plan.api_version {
        version if version == ApiVersion::default() => String::new(),
        version => format!(", apiVersion: {version}"),
    };
    for (name, value) in [
        ("version", VERSION.to_string()),
        ("name", scalar(&plan.name)),
        ("created", scalar(&plan.created)),
        ("generator", scalar(&plan.generator)),
        (
            "source",
            format!("{{ service: {} }}", scalar(&plan.source.to_string())),
        ),
        (
            "target",
            format!(
                "{{ service: {}, workspace: {}{version} }}",
                scalar(&plan.target.to_string()),
                scalar(plan.workspace.as_str())
            ),
        ),
    ] {
        line(&mut out, "", name, &value);
    }
    out.push_str("selection:\n");
    list(&mut out, "  ", "apis", &plan.selection.apis);
    if plan.selection.whole_version_sets {
        line(&mut out, "  ", "wholeVersionSets", "true");
    }
    if !plan.selection.without.is_empty() {
        list(&mut out, "  ", "without", &plan.selection.without);
    }
    if !plan.selection.service_scope.is_empty() {
        let words = &plan.selection.service_scope;
        list(&mut out, "  ", "serviceScope", words);
    }
    if !plan.allow.is_empty() {
        list(&mut out, "", "allow", &plan.allow);
    }
    write_setup(&mut out, &plan.setup);
    out.push('\n');
    if plan.findings.is_empty() {
        out.push_str("findings: []\n");
    } else {
        out.push_str("findings:\n");
    }
    for finding in &plan.findings {
        write_finding(&mut out, finding);
    }
    if plan.steps.is_empty() {
        out.push_str("\nsteps: []\n");
    } else {
        out.push_str("\nsteps:\n");
    }
    out
}

/// What comes before the steps.
fn write_setup(out: &mut String, setup: &Setup) {
    if setup.is_empty() {
        return;
    }
    out.push_str("\nsetup:\n");
    if let Some(workspace) = &setup.workspace {
        out.push_str("  workspace:\n");
        line(out, "    ", "displayName", &scalar(&workspace.display_name));
        if let Some(description) = &workspace.description {
            line(out, "    ", "description", &scalar(description));
        }
    }
    if !setup.access.is_empty() {
        out.push_str("  access:\n");
    }
    for access in &setup.access {
        let mut members = vec![
            format!("principal: {}", scalar(&access.principal.to_string())),
            format!("type: {}", scalar(&access.principal_type)),
            format!("role: {}", scalar(&access.role)),
        ];
        if let Some(role) = &access.service_role {
            members.push(format!("serviceRole: {}", scalar(role)));
        }
        let _ = writeln!(out, "    - {{ {} }}", members.join(", "));
    }
}

fn head(plan: &Plan, out: &mut String) {
    let count = |severity, blocks: bool| {
        let of = |f: &&Finding| f.severity == severity && f.blocks() == blocks;
        plan.findings.iter().filter(of).count()
    };
    let _ = write!(
        out,
        "# yaml-language-server: $schema=../plan.schema.json\n\
         # What `apim-migrate apply` will do in the workspace `{}`, and why.\n\
         # `apim-migrate show` gives an overview. Bodies may be edited and steps dropped,\n\
         # as long as nothing that stays needs them: `apply` checks the whole folder first.\n\
         # Editors know its form by what `apim-migrate schema plan` prints.\n\
         #\n\
         # steps:    {} to create, {} to reuse, {} to tidy\n\
         # findings: {} that block, {} allowed, {} to look at, {} to know\n\n",
        plan.workspace,
        plan.count(Action::Create),
        plan.count(Action::Reuse),
        plan.count(Action::Tidy),
        count(Severity::Blocker, true),
        count(Severity::Blocker, false),
        count(Severity::Warning, false),
        count(Severity::Note, false),
    );
}

fn line(out: &mut String, indent: &str, name: &str, value: &str) {
    let _ = writeln!(out, "{indent}{name}: {value}");
}

/// A list on one line where it fits, else one item a line.
fn list(out: &mut String, indent: &str, name: &str, items: &[impl AsRef<str>]) {
    let items: Vec<String> = items.iter().map(|i| scalar(i.as_ref())).collect();
    let width: usize = items.iter().map(|i| i.chars().count() + 2).sum();
    if indent.len() + name.len() + 4 + width <= WIDTH || items.len() == 1 {
        line(out, indent, name, &format!("[{}]", items.join(", ")));
        return;
    }
    let _ = writeln!(out, "{indent}{name}:");
    for item in items {
        let _ = writeln!(out, "{indent}  - {item}");
    }
}

fn write_finding(out: &mut String, finding: &Finding) {
    let _ = writeln!(out, "  - severity: {}", finding.severity.as_str());
    let indent = "    ";
    line(out, indent, "code", &scalar(&finding.code));
    line(out, indent, "resource", &scalar(&finding.resource));
    line(out, indent, "message", &scalar(&finding.message));
    line(out, indent, "help", &scalar(&finding.help));
    if finding.allowed {
        line(out, indent, "allowed", "true");
    }
}

fn upload(upload: &Upload) -> String {
    let mut members = vec![match &upload.from {
        UploadFrom::File(file) => format!("pfx: {}", scalar(file)),
        UploadFrom::Variable(name) => format!("pfxEnv: {}", scalar(name)),
    }];
    let password = upload.password.iter();
    members.extend(password.map(|name| format!("passwordEnv: {}", scalar(name))));
    format!("{{ {} }}", members.join(", "))
}

fn write_step(out: &mut String, step: &Step, body: Option<&str>) {
    let _ = writeln!(out, "  - id: {}", scalar(step.id.as_str()));
    let indent = "    ";
    line(out, indent, "kind", &scalar(step.kind.name));
    line(out, indent, "action", step.action.as_str());
    if let Some(source) = &step.source {
        line(out, indent, "source", &scalar(source.0.as_str()));
    }
    line(out, indent, "target", &scalar(&step.target.to_string()));
    let upload = step.upload.as_ref().map(upload);
    let text = |value: &Option<String>| value.as_deref().map(scalar);
    for (name, value) in [
        ("body", body.map(scalar)),
        ("secret", text(&step.secret)),
        ("upload", upload),
        ("sourceEtag", text(&step.source_etag)),
        ("sourceDigest", text(&step.source_digest)),
    ] {
        if let Some(value) = value {
            line(out, indent, name, &value);
        }
    }
    let after: Vec<&str> = step.after.iter().map(|id| id.as_str()).collect();
    list(out, indent, "after", &after);
    let because: Vec<&str> = step.because.iter().map(|path| path.as_str()).collect();
    list(out, indent, "because", &because);
}
