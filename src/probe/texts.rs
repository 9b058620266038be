//! Does an unknown `{{name}}` matter in comments, CDATA and Liquid?

use serde_json::json;

use super::ProbeError;
use super::asking::{Asking, Tried};
use crate::address::ResourcePath;
use crate::arm::Body;
use crate::catalog::{Access, Home, kinds};
use crate::traits::Braces;

/// Asks with the policy of the first workspace: at first one without braces.
pub(super) async fn ask(asking: &mut Asking<'_>) -> Result<(), ProbeError> {
    let policy = (kinds().iter())
        .find(|k| matches!(k.home, Home::ByChoice(_)) && k.access == Access::Document);
    let Some(at) = policy.and_then(|k| ResourcePath::top(k.collection(), "policy").ok()) else {
        return Ok(());
    };
    // Liquid knows no dashes in names.
    let name = asking.fresh().replace('-', "");
    let names = ["valuesInComments", "valuesInCdata", "valuesInLiquid"];
    let texts = [
        "<!-- a comment -->".to_owned(),
        format!("<!-- {{{{{name}}}}} -->"),
        format!("<set-body><![CDATA[{{{{{name}}}}}]]></set-body>"),
        format!("<set-body template=\"liquid\">{{{{{name}}}}}</set-body>"),
    ];
    let mut answers = [Braces::Unknown; 3];
    for (at_text, text) in texts.iter().enumerate() {
        let tried = asking
            .tries(&asking.one.writer(), &at, &document(text))
            .await?;
        let (answer, why) = match tried {
            Tried::Accepted => (Braces::Ignored, None),
            Tried::Refused(why) => (Braces::Checked, Some(why)),
            Tried::Absent(why) | Tried::Unclear(why) => (Braces::Unknown, Some(why)),
        };
        match (at_text, why) {
            (0, Some(why)) => {
                for name in names {
                    asking.note(name, format!("a policy without braces: {why}"));
                }
                return Ok(());
            }
            (0, None) => {}
            (n, why) => {
                if answer == Braces::Unknown {
                    asking.note(names[n - 1], why.unwrap_or_default());
                }
                answers[n - 1] = answer;
            }
        }
    }
    let known = &mut asking.probed.traits;
    [
        known.values_in_comments,
        known.values_in_cdata,
        known.values_in_liquid,
    ] = answers;
    Ok(())
}

fn document(inbound: &str) -> Body {
    let text = format!(
        "<policies><inbound><base />{inbound}</inbound><backend><base /></backend>\
         <outbound><base /></outbound><on-error><base /></on-error></policies>"
    );
    Body::new(json!({"properties": {"format": "rawxml", "value": text}}))
}
