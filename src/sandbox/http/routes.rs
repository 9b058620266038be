//! What a request's path means.

use super::reply::Refusal;
use crate::sandbox::rules::kinds::{KindRule, Verb, kind_of};
use crate::sandbox::store::path::{Path, collection};

/// What stands below a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Route {
    /// The service itself.
    Service,
    /// The status document of a long-running operation.
    Operation(String),
    /// A collection of the service, of a workspace or of a resource.
    List {
        workspace: Option<String>,
        parent: Option<Path>,
        collection: &'static str,
    },
    /// One resource.
    Item(Path),
    /// A POST on one resource.
    Action(Path, String),
}

impl Route {
    /// Reads a decoded path below a service.
    pub(crate) fn parse(below: &str) -> Result<Self, Refusal> {
        let unknown = || {
            Refusal::arm(
                404,
                "InvalidResourceType",
                "The resource type could not be found in the namespace 'Microsoft.ApiManagement' for the given api version.",
            )
        };
        let words: Vec<&str> = below.split('/').filter(|word| !word.is_empty()).collect();
        match words.as_slice() {
            [] => return Ok(Self::Service),
            [tenant, results, id]
                if tenant.eq_ignore_ascii_case("tenant")
                    && results.eq_ignore_ascii_case("operationResults") =>
            {
                return Ok(Self::Operation((*id).to_owned()));
            }
            _ => {}
        }
        let mut pairs = Vec::new();
        let mut words = words.into_iter();
        while let Some(word) = words.next() {
            match (collection(word), words.next()) {
                (Some(collection), Some(name)) => pairs.push((collection, name.to_owned())),
                (Some(collection), None) => {
                    if pairs.is_empty() {
                        return Ok(Self::List {
                            workspace: None,
                            parent: None,
                            collection,
                        });
                    }
                    if pairs.len() == 1 && pairs[0].0 == "workspaces" {
                        return Ok(Self::List {
                            workspace: Some(pairs.remove(0).1),
                            parent: None,
                            collection,
                        });
                    }
                    let parent = Path::from_pairs(pairs).ok_or_else(unknown)?;
                    return Ok(Self::List {
                        workspace: parent.workspace.clone(),
                        parent: Some(parent),
                        collection,
                    });
                }
                (None, None) if !pairs.is_empty() => {
                    let path = Path::from_pairs(pairs).ok_or_else(unknown)?;
                    return Ok(Self::Action(path, word.to_owned()));
                }
                (None, _) => return Err(unknown()),
            }
        }
        Path::from_pairs(pairs).map(Self::Item).ok_or_else(unknown)
    }
}

/// The rule of a kind, when the scope has it and it answers the verb.
///
/// What exists at service level only gets an internal error in a workspace.
pub(crate) fn rule(
    pattern: &str,
    in_workspace: bool,
    verb: Option<Verb>,
) -> Result<&'static KindRule, Refusal> {
    let kind = kind_of(pattern).ok_or_else(|| {
        Refusal::arm(
            404,
            "InvalidResourceType",
            format!("The resource type '{pattern}' could not be found."),
        )
    })?;
    if !kind.exists_in(in_workspace) {
        return Err(Refusal::internal());
    }
    match verb {
        Some(verb) if !kind.answers(verb) => Err(not_allowed(verb.method())),
        _ => Ok(kind),
    }
}

/// A verb that a resource does not know. The service's web server says so, and
/// not in the form of its own errors.
pub(crate) fn not_allowed(method: &str) -> Refusal {
    Refusal::new(
        405,
        "MethodNotAllowed",
        format!("The requested resource does not support http method '{method}'."),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_understood_in_any_case() {
        assert_eq!(Route::parse("").unwrap(), Route::Service);
        let item = Route::parse("/Workspaces/w/APIS/x;rev=2").unwrap();
        assert_eq!(
            item,
            Route::Item(Path::parse("/workspaces/w/apis/x;rev=2").unwrap())
        );
        let list = Route::parse("/workspaces/w/namedvalues").unwrap();
        assert!(
            matches!(list, Route::List { workspace: Some(w), parent: None, collection: "namedValues" } if w == "w")
        );
        let action = Route::parse("/namedValues/a/listValue").unwrap();
        assert!(
            matches!(action, Route::Action(path, action) if path.name() == "a" && action == "listValue")
        );
        assert!(Route::parse("/nonsense/x").is_err());
    }

    #[test]
    fn what_a_workspace_lacks_is_an_internal_error() {
        assert_eq!(rule("apis/tags", true, None).unwrap_err().status, 500);
        assert!(rule("apis/tags", false, None).is_ok());
        let error = rule("tags/apiLinks", true, Some(Verb::Patch)).unwrap_err();
        assert_eq!(error.status, 405);
    }
}
