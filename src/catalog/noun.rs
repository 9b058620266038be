//! What people call one of a kind.

use super::Kind;

impl Kind {
    /// One of them, in the words of the portal: `policy fragment`, `tag of an API`.
    pub fn noun(&self) -> String {
        let (many, of) = match self.plural.split_once(" of ") {
            Some((many, of)) => (many, Some(of)),
            None => (self.plural, None),
        };
        let one = singular(many);
        match of {
            None => one,
            Some(the) if the.starts_with("the ") => format!("{one} of {the}"),
            Some(of) => {
                let of = singular(of);
                let article = match of.starts_with(['a', 'e', 'i', 'o', 'A']) {
                    true => "an",
                    false => "a",
                };
                format!("{one} of {article} {of}")
            }
        }
    }
}

fn singular(many: &str) -> String {
    if let Some(stem) = many.strip_suffix("ies") {
        return format!("{stem}y");
    }
    let stem = (many.strip_suffix("sses").map(|stem| format!("{stem}ss")))
        .or_else(|| many.strip_suffix('s').map(str::to_owned));
    stem.unwrap_or_else(|| many.to_owned())
}

#[cfg(test)]
mod tests {
    use crate::catalog::kinds;

    #[test]
    fn each_kind_has_a_word_for_one_of_it() {
        let words: Vec<String> = kinds().iter().map(|kind| kind.noun()).collect();
        insta::assert_snapshot!(words.join(", "), @"tag, group, group member, named value, certificate, logger, backend, global schema, policy fragment, version set, API, API schema, operation, API policy, operation policy, API diagnostic, API release, product, product policy, group of a product, API of a product, tag of an API, tag of an operation, tag of a product, subscription, diagnostic of the service, all-APIs policy, notification, e-mail address of a notification, user of a notification, user, authorization server, OpenID provider, tag description, API wiki, GraphQL resolver, API issue, product wiki, self-hosted gateway, API of a self-hosted gateway, credential provider, connection of the credential manager, external cache, policy restriction");
    }
}
