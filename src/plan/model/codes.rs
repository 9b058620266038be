//! The table of finding codes: what each means and what to do about it.

use std::collections::BTreeSet;

use super::finding::{Finding, Severity};
use crate::nearest::nearest;

/// One kind of finding.
#[derive(Debug)]
pub struct Code {
    /// Its stable name, kebab case.
    pub code: &'static str,
    /// How serious it is, unless the place says otherwise.
    pub severity: Severity,
    /// What it means, for the table in the documentation.
    pub meaning: &'static str,
    /// What to do about it.
    pub help: &'static str,
}

impl Code {
    /// Makes a finding of this code about a resource.
    pub fn about(&self, resource: impl ToString, message: impl Into<String>) -> Finding {
        Finding {
            severity: self.severity,
            code: self.code.to_owned(),
            resource: resource.to_string(),
            message: message.into(),
            help: self.help.to_owned(),
            allowed: false,
        }
    }
}

macro_rules! codes {
    ($($name:ident, $code:literal, $severity:ident, $meaning:literal, $help:literal;)*) => {
        $(
            #[doc = $meaning]
            pub static $name: Code = Code {
                code: $code,
                severity: Severity::$severity,
                meaning: $meaning,
                help: $help,
            };
        )*

        /// All codes, blockers first.
        pub static CODES: &[&Code] = &[$(&$name),*];
    };
}

codes! {
    TIER, "tier-without-workspaces", Blocker,
        "The service's tier has no workspaces.",
        "Move the service to Premium or a v2 tier, or choose another target service.";
    SELF_HOSTED_GATEWAY, "self-hosted-gateway", Blocker,
        "The API is served by a self-hosted gateway, or its policy only works on one; a workspace has none.",
        "Serve the API from the workspace's gateway instead, or leave it where it is.";
    CREDENTIAL_MANAGER, "credential-manager", Blocker,
        "A policy gets a token from the credential manager, which workspaces can't reach. The policy is left out.",
        "Get the token in another way, with send-request and a cached value for instance, or leave the API where it is.";
    GRAPHQL_RESOLVER, "graphql-resolver", Blocker,
        "A synthetic GraphQL API works by resolvers, which workspaces don't have.",
        "Leave the API where it is, or put a GraphQL server behind it and make it a pass-through API.";
    API_TYPE, "unsupported-api-type", Blocker,
        "The API is of a type that workspaces don't have, such as an MCP server, or serves tools to agents. It is left out.",
        "Leave the API where it is.";
    CERTIFICATE, "certificate-not-readable", Blocker,
        "An uploaded certificate can't be read back, so that it can't be copied. What needs it is left out as well.",
        "Say under certificates in the migration file where its PFX is, or keep it in Key Vault and refer to it from there; then plan again.";
    EVENT_HUB, "event-hub-address-unknown", Blocker,
        "A logger signs in to its event hub with an identity, and the service does not show the address, without which it can't be made again.",
        "Write the address (NAMESPACE.servicebus.windows.net) into credentials.endpointAddress of its body in the plan folder, and identityClientId beside it where it is missing (SystemAssigned, or the identity's client id), and allow the finding.";
    NAMELESS, "name-without-address", Blocker,
        "A name holds `/`, `\\`, `?` or `#`, which no address can have. What has it stays behind, with all that is below it.",
        "Give it another name at the source, or allow this finding and make it by hand.";
    GROUP_UNKNOWN, "external-group-unknown", Blocker,
        "A group of an external identity provider does not tell which one it stands for, so that it can't be made again. It is left out.",
        "Give the copy of the product a group by hand after the move, or leave groups out with --without groups.";
    NOTHING, "reference-to-nothing", Blocker,
        "Something names a resource that is not there; a workspace would refuse it. What names it is left out.",
        "Mend the reference at the source, then plan again.";
    BRACES, "named-value-refused", Blocker,
        "A comment, CDATA or a Liquid template has the name of an absent named value in braces. Nothing needs it there, but this service was found to refuse such a policy (--traits).",
        "Take the braces out at the source, or make the named value, and plan again; or take them out of the policy in the plan folder, and allow the finding.";
    NOT_TAKEN, "content-not-taken", Blocker,
        "A body holds what the service takes in none, such as a value of another type, or a policy has not the form of one.",
        "Mend it at the source and plan again, or in the plan folder; allow the finding to leave it to the service.";
    TOO_LARGE, "content-too-large", Blocker,
        "A body has more than the 4 MiB that Azure takes in a request, or a policy more than 512 KiB; new names may be longer than the old ones.",
        "Make it smaller at the source, with fragments or by splitting the API, and plan again; allow the finding to leave it to the service.";
    POLICY_LEFT_OUT, "policy-left-out", Blocker,
        "A policy or fragment is left out because something that it needs is, or as asked; what it guards would be copied without it.",
        "Mend what it needs, take `policies` out of --without, or leave the API where it is.";
    FOREIGN, "reference-to-another-service", Blocker,
        "Something names a resource of another service. What names it is left out.",
        "Mend the reference at the source, then plan again.";
    EXPRESSION, "reference-by-expression", Blocker,
        "Only an expression tells which resource is meant; after the move the names it gives may be wrong.",
        "Look at the policy in the plan folder, write the new names into it where they are made, and allow the finding.";
    COMPOSED, "composed-name-unknown", Blocker,
        "A name is put together from a value that is secret or unknown.",
        "Write the new name into the policy in the plan folder, and allow the finding.";
    CYCLE, "dependency-cycle", Blocker,
        "Resources need each other in a circle, so that none can be made first. They are left out.",
        "Break the circle at the source, then plan again.";
    DIFFERS, "target-differs", Blocker,
        "The workspace holds something else under the name that the copy would have.",
        "Give the copy another name, remove what is there, or decide at apply time with --on-conflict.";
    PATH_TAKEN, "path-taken", Blocker,
        "Another API has the path that the copy would have, in the workspace or behind the same gateway, and they are not versions of one set.",
        "Give the copy another path with --path-template or naming.overrides, or serve the workspace by a gateway of its own; then plan again.";
    QUOTA, "too-many-of-one-owner", Blocker,
        "Somebody has more subscriptions of a product than it allows, from before its limit was lowered, or cancelled ones: which of them the service takes would be chance.",
        "Raise `subscriptionsLimit` in the body of the copy or leave some of the subscriptions out of the plan, and allow the finding.";
    LIMIT, "workspace-limit", Blocker,
        "The workspace would hold more than is documented to fit.",
        "Select fewer APIs for this workspace, or ask for a higher limit and allow the finding.";
    REFERABLE, "missing-in-target-service", Blocker,
        "A workspace may name it at service level, but the target service does not have it. The reference is left out.",
        "Create it in the target service under the same name, then plan again.";
    CONTEXT_WORKSPACE, "context-workspace-removed", Blocker,
        "A policy reads context.Api.Workspace or context.Product.Workspace, which were removed in June 2024.",
        "Read context.Workspace instead.";
    OWNER, "owner-missing", Warning,
        "The owner of a subscription, or a member of a group, does not exist in the target service; the copy has no owner, the member is left out.",
        "Create the user in the target service under the same e-mail address and plan again, or accept it.";
    UPLOAD_UNUSED, "upload-unused", Warning,
        "The migration file says where the PFX of a certificate is that is not copied, or that is kept in Key Vault.",
        "Check the name under certificates in the migration file, or take it out there.";
    COMPARES, "compares-with-literal", Warning,
        "Code compares the name of an API, a product, a subscription or a group with a literal, which the rename changes.",
        "Check the condition and put the new name into it.";
    IN_CODE, "name-in-code", Warning,
        "Code holds a literal that is the name of a backend. The backend comes along, the literal is left as it is.",
        "If the literal picks the backend, write the copy's name into it in the plan folder.";
    ALSO_READ, "variable-read-elsewhere", Warning,
        "A variable gives the name of something that is renamed, and is read for something else as well: that changes with it.",
        "Look at what reads the variable in the plan folder, or give it a variable of its own at the source.";
    IN_DOUBT, "braces-in-doubt", Warning,
        "Whether the service puts named values into CDATA, into braces with blanks, and into other named values, is not settled; a name that there is follows its copy, any other is kept as it is.",
        "Call the copy after the move and look at what stands there.";
    CERTIFICATE_IN_CODE, "certificate-in-code", Warning,
        "Code takes a certificate of the service by its name or thumbprint. Its copy comes along; whether code in a workspace is shown it is not known.",
        "Try the API after the move.";
    READS_DEPLOYMENT, "reads-deployment", Warning,
        "Code reads the name, id or region of the service, or the gateway that it runs on, which are others after the move.",
        "Check what the code does with it.";
    OWN_HOST, "calls-own-gateway", Warning,
        "Something that is copied calls the gateway of the service it comes from: the original answers, and not the copy.",
        "If the copy is meant, write its address into the plan folder.";
    EXTERNAL_CACHE, "external-cache", Warning,
        "A policy asks for the external cache, which workspaces don't have.",
        "Use the internal cache, or check that the policy works without.";
    CA_CERTIFICATE, "ca-certificates", Warning,
        "A policy checks clients against CA certificates of the service or reads its certificates, which workspaces don't share.",
        "Check that clients are still accepted, and refused, as they should be.";
    MANAGED_IDENTITY, "managed-identity", Warning,
        "A policy, a backend or a logger signs in with a managed identity. The identity is the service's; whether a workspace can use it depends on the age of the service.",
        "Try the API after the move; in another service, give its identity the same rights first.";
    KEY_VAULT, "key-vault-access", Warning,
        "It is kept in Key Vault. Services take that in a workspace, although their documentation says otherwise; the service's identity needs access, and whether the workspace's own gateway can use it is not known.",
        "If apply reports that the vault can't be read, give the identity access or use a plain secret; try what uses it after the move.";
    NOT_CARRIED, "property-not-carried", Warning,
        "A property holds something that does not get into the copy: the api-version that is written can't hold it, the service doesn't take it back, or it is not known here.",
        "Plan with --api-version of a version that can hold it, or set it on the copy by hand after the move.";
    COMES_ALONG, "api-comes-along", Warning,
        "An API that nobody selected is copied as well, because something that is copied names it. With --only-selected it is a blocker.",
        "Select it as well, or leave out what names it: with --without, or by taking the reference out at the source.";
    ALL_APIS, "subscription-covers-all-apis", Warning,
        "A subscription covers all APIs of the service; it does not open those of a workspace.",
        "Give its users a subscription of the product or API in the workspace.";
    SHARED_PRODUCT, "product-shared", Warning,
        "A product is copied that also holds APIs that stay; the copy holds the moved ones only.",
        "Select the other APIs too, or tell subscribers that they need both products.";
    SIBLINGS, "version-set-siblings", Warning,
        "Other versions of the API stay behind; the copy of the version set holds the moved ones only.",
        "Select them too, or use --whole-version-sets.";
    INHERITS, "revision-may-inherit", Warning,
        "A revision lacks settings that the current one has. Its copy is made from that one, and whether it can be without them is not known; verify tells which it kept.",
        "Look at verify after the move, and set them on the copy by hand, or at the source on both.";
    NEW_KEYS, "new-subscription-keys", Warning,
        "The copy of a subscription gets new keys, since two of one service can't share them.",
        "Tell its users to change keys, or plan with --keys carry: where the service refuses the old ones, apply takes new ones and says so.";
    LEFT_WITH, "left-with-what-it-needs", Warning,
        "It is left out because something that it needs is.",
        "Mend what it needs.";
    KIND_UNKNOWN, "kind-unknown", Warning,
        "A snapshot holds things of kinds that are not known here; they stay behind.",
        "Check whether the APIs need any of them.";
    TAG_DESCRIPTION, "tag-description-left-behind", Warning,
        "Tag descriptions don't exist in workspaces.",
        "Put the text into the API's description if it matters.";
    WIKI, "wiki-left-behind", Warning,
        "Wikis don't exist in workspaces.",
        "Put the text elsewhere if it matters.";
    ISSUE, "issue-left-behind", Warning,
        "Issues of an API don't exist in workspaces.",
        "Settle them before the move.";
    NO_GATEWAY, "workspace-without-gateway", Warning,
        "No gateway serves the workspace, so its APIs answer nowhere yet.",
        "Associate a workspace gateway with it.";
    OWN_MANAGEMENT, "calls-management-api", Warning,
        "A policy calls the management API of a service, where the moved APIs stand at another place.",
        "Check what it reads there.";
    EXTERNAL_GROUP, "external-group", Warning,
        "A group of an external identity provider works only where that provider is set up.",
        "Check that the target service has the provider.";
    POLICY_RESTRICTIONS, "policy-restrictions-stay", Warning,
        "A policy restriction of the service binds what is moved; it does not bind the copy.",
        "Check that the copy's policies keep their <base/> elements.";
    SECRET_IN_CLEAR, "secret-in-clear", Warning,
        "A policy's text, a named value that is not secret, or a property of a backend, a logger or an API seems to hold a secret in clear, and with it the plan folder does.",
        "Put it into a secret named value at the source and plan again, before the plan is shared.";
    RIGHT_MISSING, "right-missing", Warning,
        "Whoever made the plan lacks a right that applying it takes, or may take.",
        "Have the role assigned (apim-migrate doctor PLAN names the command), or let somebody apply the plan who has it.";
    SERVICE_POLICY, "service-policy-stays", Note,
        "The all-APIs policy of the service still runs in front of the workspace's APIs; what it names stays at service level.",
        "Nothing has to be done.";
    SERVICE_POLICY_MISSING, "service-policy-not-in-front", Warning,
        "The all-APIs policy of the source service does not run in front of APIs in another service.",
        "Compare it with that of the target service, or copy it to the workspace with --with-service-scope policy.";
    SERVICE_POLICY_COPIED, "service-policy-copied", Warning,
        "The all-APIs policy of the source service becomes the policy of the workspace: it acts on every API there, and the target service's own acts before it only where it has <base/>.",
        "Compare it with the all-APIs policy of the target service, and add <base /> to its sections in the plan folder where both should act.";
    SERVICE_DIAGNOSTICS, "service-diagnostics-stay", Note,
        "Diagnostics of the whole service stay at service level.",
        "Copy them with --with-service-scope diagnostics, or set up others, if the workspace's team should have its own.";
    LEFT_AS_ASKED, "left-out-as-asked", Note,
        "Something that would come along is left out by --without.",
        "Nothing has to be done, unless it is missed in the workspace.";
    NEW_ADDRESS, "new-address", Note,
        "Callers reach the copies at another host, or under another path.",
        "Tell them before the originals go; show --format checklist has each address.";
    SERVERS, "authorization-server-stays", Note,
        "An authorization server or OpenID provider stays at service level, where APIs of the workspace go on naming it.",
        "Nothing has to be done; renaming or deleting it concerns the workspace too.";
    NOTIFICATIONS, "notifications-stay", Note,
        "Who is told by e-mail about subscriptions and the like stays at service level; a workspace has a list of its own.",
        "Copy them with --with-service-scope notifications, or add recipients in the workspace, if its team should be told.";
    CACHE_FALLS_BACK, "cache-falls-back", Note,
        "Policies use the external cache of the service when there is one; in a workspace they use the internal cache of its gateway.",
        "Nothing has to be done, unless several gateways or regions have to share what is cached.";
    OPEN, "subscription-of-open-product", Note,
        "A subscription is copied whose product requires none: its keys work, and so does a call without one. One that the service makes by itself for the copy of such a product is deleted.",
        "Nothing has to be done; leave it out with --without subscriptions if nobody needs it.";
    MONITOR, "azure-monitor-logger", Note,
        "A logger for Azure Monitor is copied. Whether a workspace can have one beside the service's own is not known.",
        "If apply reports that it is refused, drop its step and the diagnostics that name it; the service's own diagnostics log the workspace's APIs too.";
    MADE_UP_NAME, "display-name-made-up", Note,
        "It has no display name, as what the service made by itself, and its copy can't be without: it gets one made of its name.",
        "Nothing has to be done; give it another one with naming.overrides, if people see it.";
    WRITTEN_OUT, "name-written-out", Note,
        "A name is put together from named values. What it leads to has another name as a copy, which is written in its place: a change of the named value no longer picks another one.",
        "Nothing has to be done, unless somebody picks by changing the named value: then write it back in the plan folder, and change the value of its copy.";
    READ_VERSION, "read-at-older-version", Note,
        "The service does not take the newest api-version that is known here: what only newer ones show could not be looked for.",
        "Nothing has to be done, unless the service is known to have such settings.";
    SOAP, "soap-wsdl-unproven", Note,
        "A SOAP API is copied with its operations, policies and schemas. Whether the service makes the same WSDL of them is not known.",
        "Compare the WSDL of the copy with that of the original if clients read it from there.";
    RELEASE, "release-left-behind", Note,
        "Releases of revisions that are not current are not carried: writing one would make its revision current.",
        "Nothing has to be done; the history stays at the source.";
    REDIRECTED, "named-value-in-comment", Note,
        "A named value that only a comment names comes along.",
        "Nothing has to be done.";
}

/// Finds a code by its name.
pub fn code(name: &str) -> Option<&'static Code> {
    CODES.iter().find(|c| c.code == name).copied()
}

/// The codes of blockers.
pub fn blockers() -> impl Iterator<Item = &'static str> + Clone {
    let blockers = CODES.iter().filter(|c| c.severity == Severity::Blocker);
    blockers.map(|c| c.code)
}

/// What the check of a plan finds by itself, of whatever stands in its folder
/// now: these can be allowed where no finding has them yet.
static CHECKED: [&Code; 2] = [&NOT_TAKEN, &TOO_LARGE];

/// Whether the check of a plan finds what has this code by itself.
pub(in crate::plan) fn is_checked(code: &str) -> bool {
    CHECKED.iter().any(|checked| checked.code == code)
}

/// The first code that is allowed and stops nothing, where the blockers have
/// these.
pub(in crate::plan) fn without_effect<'c>(
    allow: &'c [String],
    blockers: &BTreeSet<&str>,
) -> Option<&'c String> {
    (allow.iter()).find(|code| !blockers.contains(code.as_str()) && !is_checked(code))
}

/// What to do about a code that allows nothing, where the blockers have these.
pub(in crate::plan) fn nothing_allowed<'c>(
    code: &str,
    blockers: impl Iterator<Item = &'c str> + Clone,
) -> String {
    if let Some(like) = nearest(code, blockers.clone()) {
        return format!("did you mean `{like}`?");
    }
    match self::code(code).filter(|c| c.severity != Severity::Blocker) {
        Some(found) => format!(
            "take it out: it is the code of a {}, which stops nothing",
            found.severity.as_str()
        ),
        None => "take it out; allow only what the plan says is in the way".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{API_TYPES, Copied, Home, kinds};

    #[test]
    fn codes_are_kebab_case_unlike_each_other_and_sorted_by_severity() {
        let names: BTreeSet<_> = CODES.iter().map(|c| c.code).collect();
        assert_eq!(names.len(), CODES.len());
        for code in CODES {
            assert!(
                code.code
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b == b'-'),
                "{}",
                code.code
            );
            assert!(
                code.meaning.ends_with('.') && code.help.ends_with('.'),
                "{}",
                code.code
            );
        }
    }

    #[test]
    fn every_code_that_the_catalog_names_exists() {
        for kind in kinds() {
            let name = match kind.home {
                Home::Nowhere(name) | Home::Stays(name) => Some(name),
                Home::ByChoice(choice) => Some(choice.stays),
                Home::Workspace | Home::Service => None,
            };
            if let Some(name) = name {
                assert!(code(name).is_some(), "{} names {name}", kind.name);
            }
        }
        for of in API_TYPES {
            match of.copied {
                Copied::Whole => {}
                Copied::Unproven(name) | Copied::Unserved(name) | Copied::Not(name) => {
                    assert!(code(name).is_some(), "{} names {name}", of.name);
                }
            }
        }
    }
}
