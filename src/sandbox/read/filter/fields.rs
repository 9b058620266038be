//! Which lists can be filtered by what.

/// The fields that a list can be filtered by; none when it has no filter.
pub(crate) fn fields(list: &str) -> &'static [&'static str] {
    match list {
        "apis" => &[
            "name",
            "displayname",
            "description",
            "serviceurl",
            "path",
            "iscurrent",
        ],
        "apis/operations" => &[
            "name",
            "displayname",
            "method",
            "description",
            "urltemplate",
        ],
        "apis/revisions" => &["apirevision"],
        "apis/schemas" => &["contenttype"],
        "apis/releases" => &["notes"],
        "apis/products" => &["name"],
        "tags" | "apis/tags" | "products/tags" | "apis/operations/tags" => {
            &["name", "displayname", "apiname", "description"]
        }
        "subscriptions" | "products/subscriptions" | "users/subscriptions" => &[
            "name",
            "displayname",
            "statecomment",
            "ownerid",
            "scope",
            "userid",
            "productid",
            "state",
        ],
        "products" => &["name", "displayname", "description", "terms", "state"],
        "products/apis" => &["name", "displayname", "description", "serviceurl", "path"],
        "products/groups" | "users/groups" | "groups" => {
            &["name", "displayname", "description", "externalid"]
        }
        "namedValues" => &["tags", "displayname"],
        "backends" => &["name", "title", "url"],
        "certificates" => &["name", "subject", "thumbprint", "expirationdate"],
        "loggers" => &["name", "description", "loggertype", "resourceid"],
        "users" | "groups/users" => &[
            "name",
            "firstname",
            "lastname",
            "email",
            "state",
            "registrationdate",
            "note",
            "groups",
        ],
        "workspaces" => &["displayname", "description", "name"],
        "tags/apiLinks" | "products/apiLinks" => &["apiid"],
        "tags/operationLinks" => &["operationid"],
        "tags/productLinks" => &["productid"],
        "products/groupLinks" => &["groupid"],
        "policyFragments" => &["name", "description", "value"],
        "schemas" | "diagnostics" | "apis/diagnostics" | "gateways/apis" => &["name"],
        "documentations" => &["name"],
        "tagResources" | "apisByTags" | "productsByTags" | "apis/operationsByTags" => &[
            "aid",
            "name",
            "displayname",
            "apiname",
            "apirevision",
            "path",
            "description",
            "serviceurl",
            "method",
            "urltemplate",
            "terms",
            "state",
            "iscurrent",
        ],
        _ => &[],
    }
}
