//! The table of resource kinds: everything that is known about a kind stands
//! in its row, and nowhere else.
//!
//! Facts are those of the resource provider's API version 2024-05-01. A row
//! says where instances live, which properties may be written, what they refer
//! to and in which form, which values are secret and how to read them, what
//! comes along with an instance, and how many writers the service takes.

#[cfg(test)]
pub(crate) mod added;
mod body;
mod columns;
mod member;
mod misfit;
mod noun;
pub mod pointer;
mod row;
mod rows;
mod shape;
mod table;
mod version;

use std::cmp::Ordering;
use std::fmt;

use serde_json::{Map, Value};

use crate::address::ResourcePath;

pub use columns::{
    Access, Alias, Choice, Default, Display, Document, Effect, EffectNames, Form, Home, Incomplete,
    IsBuiltIn, Lane, Letters, Limit, Listed, ListedAtTop, Per, Quota, Reference, Referrer, Remark,
    Rule, RuledOut, SecretRead, Sensitive, Signature, TwoForms, UploadInto, Yields,
};
pub use rows::api_types::{API_TYPES, ApiType, Copied, api_type, serves_agents};
pub use rows::apis::SHARED_BY_REVISIONS;
pub use rows::apis::{
    API, API_ISSUE, API_POLICY, API_RELEASE, API_SCHEMA, API_WIKI, OPERATION_POLICY, RESOLVER,
    TAG_DESCRIPTION, VERSION_SET,
};
pub use rows::backends::BACKEND;
pub use rows::diagnostics::API_DIAGNOSTIC;
pub use rows::operations::OPERATION;
pub use rows::products::{
    PRODUCT, PRODUCT_API_LINK, PRODUCT_GROUP_LINK, PRODUCT_POLICY, SUBSCRIPTION, TAG_API_LINK,
    TAG_OPERATION_LINK, TAG_PRODUCT_LINK,
};
pub use rows::services::{
    AUTHORIZATION, AUTHORIZATION_PROVIDER, AUTHORIZATION_SERVER, CACHE, DIAGNOSTIC, GATEWAY,
    GATEWAY_API, NOTIFICATION, OPENID_PROVIDER, POLICY_RESTRICTION, PRODUCT_WIKI, RECIPIENT_EMAIL,
    RECIPIENT_USER, SERVICE_POLICY, USER,
};
pub use rows::shared::{
    CERTIFICATE, GLOBAL_SCHEMA, GROUP, GROUP_USER, LOGGER, NAMED_VALUE, POLICY_FRAGMENT, TAG,
};

pub use member::{Lost, Member, Sent, member, says_something};
pub use misfit::{Misfit, Wrong};
pub use shape::Shape;
pub use table::{chosen, kind, kind_of, kind_of_pattern, kinds, limit_of};
pub use version::{ApiVersion, NotAVersion, TooOld, VERSIONS};

/// One kind of resource.
pub struct Kind {
    /// What a plan calls it: `namedValue`.
    pub name: &'static str,
    /// What people call several of them: `named values`.
    pub plural: &'static str,
    /// The collections on the way to it, as the service spells them:
    /// `apis/operations/policies`.
    pub pattern: &'static str,
    /// Where a copy of it can live.
    pub home: Home,
    /// How the service lets it be read and written.
    pub access: Access,
    /// How much of an instance its list tells.
    pub listed: Listed,
    /// Where the whole service's instances are in one list, though each stands
    /// below something.
    pub listed_at_top: Option<ListedAtTop>,
    /// There are so many places for it that the service's list of all policies
    /// decides which are looked at.
    pub indexed: bool,
    /// What tells, without a look, that a parent has none.
    pub ruled_out: Option<RuledOut>,
    /// Longest name, in characters.
    pub name_limit: usize,
    /// What names are made of.
    pub letters: Letters,
    /// Its names are the service's own words, and a copy has the same one.
    pub fixed_name: bool,
    /// Every service and every workspace has all of them, and none is made:
    /// what stands below one stands below that of the same name.
    pub everywhere: bool,
    /// For memberships: the kind at service level that goes by the same name.
    pub member: Option<&'static Kind>,
    /// What stands below `properties`, and what becomes of it.
    pub members: &'static [Member],
    /// What must hold between properties.
    pub rules: &'static [Rule],
    /// What no two below one parent can have alike.
    pub signature: Option<Signature>,
    /// The document that it is, where it is one.
    pub document: Option<Document>,
    /// Properties that could be sent and are deliberately not carried, with the
    /// reason.
    pub not_carried: &'static [(&'static str, &'static str)],
    /// The property by which one says what it is made from: only the tool sets
    /// it.
    pub made_from: Option<&'static str>,
    /// Properties that are left out when they are blank, or zero.
    pub omit_blank: &'static [&'static str],
    /// Properties that are left out beside another one.
    pub yields: &'static [Yields],
    /// Properties that only the instance of a name takes.
    pub only_named: &'static [(&'static str, &'static str)],
    /// Settings that are shown in two forms and taken in one.
    pub two_forms: &'static [TwoForms],
    /// What the service fills in where nothing was sent, by pointer.
    pub defaults: &'static [(&'static str, Default)],
    /// Properties whose default is sent where the source shows none, so that
    /// nothing hangs on what the service takes for it.
    pub always: &'static [&'static str],
    /// Pointers of paths, of which a leading slash is added or dropped when they
    /// are stored.
    pub slashed: &'static [&'static str],
    /// Members, at any depth, whose content belongs to the author: a null in
    /// it is his, not the service's way of showing what is unset.
    pub opaque: &'static [&'static str],
    /// Pointers of lists whose order means nothing.
    pub unordered: &'static [&'static str],
    /// The property that people and policies know it by, when a copy needs
    /// another one.
    pub display: Option<Display>,
    /// What one is made of, beside a display name, only to try what the service
    /// takes; none where that is not tried.
    pub trial: Option<&'static [(&'static str, Default)]>,
    /// What its properties refer to.
    pub references: &'static [Reference],
    /// Where URLs stand that are called, as opposed to those that are shown.
    pub called: &'static [&'static str],
    /// Pointers below which any string may hold `{{named values}}`.
    pub embeds: &'static [&'static str],
    /// A secret that the service gives only on request.
    pub secret: Option<SecretRead>,
    /// Where credentials may stand in clear.
    pub sensitive: &'static [Sensitive],
    /// Properties that hold a secret which can be sent and never read back.
    pub write_only: &'static [&'static str],
    /// Where a person's file goes, for what the service does not give back.
    pub upload: Option<UploadInto>,
    /// Kinds below it that come along, or are worth a finding.
    pub children: &'static [&'static Kind],
    /// What stands elsewhere, names one of these, and comes along with it.
    pub referrers: &'static [Referrer],
    /// It comes along only when what it names does: an API in a product does
    /// not pull the product's other APIs after it.
    pub with_named_end: bool,
    /// What the service makes on its own when one is created.
    pub effects: &'static [Effect],
    /// What names an instance, and by which property, where the service deletes
    /// that with the last of these [service contract, 2.1].
    pub ends_with_last: Option<(&'static Kind, &'static str)>,
    /// Query of a DELETE that is to take along what hangs on an instance, where
    /// the service otherwise refuses.
    pub delete_query: &'static [(&'static str, &'static str)],
    /// Only some tiers have it: a list that is refused means there is none.
    pub optional: bool,
    /// Whether instances have revisions, named `;rev=N` but for the current.
    pub revisions: bool,
    /// What policies call an instance, where that is not its resource name.
    pub alias: Option<Alias>,
    /// It belongs to an API as a whole, whichever revision it is looked for at.
    pub of_whole_api: bool,
    /// The property that names the revision which becomes the current one when
    /// this is written.
    pub makes_current: Option<&'static str>,
    /// Whether what names an instance by id loses nothing but the name where
    /// there is none: so for owners.
    pub dispensable: bool,
    /// Whether code in policies can choose an instance by a literal that no
    /// attribute tells from other texts.
    pub in_code: bool,
    /// What `context` of a policy's code calls an instance, or several of them,
    /// where code can ask for names: `Api`.
    pub context: Option<&'static str>,
    /// A property that may hold policy, or an expression.
    pub may_hold_policy: Option<&'static str>,
    /// Whether each revision of the API it is below has its own, and a new
    /// revision begins with those of the one it is made from.
    pub by_revision: bool,
    /// Whether what it stands below has another ETag once one is written.
    pub moves_parent: bool,
    /// Whether people edit it, and nothing above it tells of that: it is read each
    /// time.
    pub edited_untold: bool,
    /// What an instance that is made from another one takes from that where its
    /// own body says nothing.
    pub inherited: &'static [&'static str],
    /// How many writers the service takes at once.
    pub lane: Lane,
    /// Whether it is made while the caller asks how far that is.
    pub long_running: bool,
    /// How many may name an instance and have the same owner.
    pub quota: Option<Quota>,
    /// How many a workspace, or one parent in it, can hold.
    pub limits: &'static [Limit],
    /// Tells of an instance that can't be made again for want of a property,
    /// and the finding that says so.
    pub incomplete: Option<Incomplete>,
    /// What else is said of instances.
    pub remarks: &'static [Remark],
    /// Pointers of what signs in with a managed identity of the service.
    pub identities: &'static [&'static str],
    /// Instances that every service has and nobody can create.
    pub built_in: Option<IsBuiltIn>,
    /// A workspace refers to those that every service has where they are.
    pub lends_built_ins: bool,
}

impl PartialEq for Kind {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self, other) || self.name == other.name
    }
}

impl Eq for Kind {}

impl PartialOrd for Kind {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Kind {
    fn cmp(&self, other: &Self) -> Ordering {
        match std::ptr::eq(self, other) {
            true => Ordering::Equal,
            false => self.name.cmp(other.name),
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

// Rows refer to each other: to show all of one would not end.
impl fmt::Debug for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl Kind {
    /// The name of the collection it is in: `policies`.
    pub fn collection(&self) -> &'static str {
        self.pattern.rsplit('/').next().unwrap_or(self.pattern)
    }

    /// The kind it is a child of.
    pub fn parent(&self) -> Option<&'static Kind> {
        let (parent, _) = self.pattern.rsplit_once('/')?;
        kind_of_pattern(parent)
    }

    /// Whether the service makes the secrets itself where none are given, so that
    /// a copy can do without the source's.
    pub fn makes_its_secrets(&self) -> bool {
        let secret = self.secret;
        secret.is_some_and(|s| s.members.iter().all(|m| !self.carries(m)))
    }

    /// Whether a workspace can have one.
    pub fn can_be_copied(&self) -> bool {
        matches!(self.home, Home::Workspace | Home::ByChoice(_))
    }

    /// Whether this instance is one that only an upload can make again.
    pub fn takes_upload(&self, properties: &Map<String, Value>) -> bool {
        self.upload.is_some() && self.lacks(properties).is_some()
    }

    /// Why this instance can't be made again as it is.
    pub fn lacks(&self, properties: &Map<String, Value>) -> Option<Incomplete> {
        self.incomplete.filter(|i| (i.remark.applies)(properties))
    }

    /// Whether its name must be unique over the service and all workspaces:
    /// so for what stands at the top; children are scoped by their parent.
    pub fn is_top_level(&self) -> bool {
        !self.pattern.contains('/') && !self.is_policy() && !self.fixed_name
    }

    /// Whether an entry in a list tells all of an instance that is of use. One
    /// that has a secret is read alone: nothing else tells that the secret has
    /// changed.
    pub fn is_told_by_list(&self, properties: &Map<String, Value>) -> bool {
        let link = self.is_link();
        let secret = self.secret.is_some_and(|s| (s.applies)(properties));
        link || !matches!(self.home, Home::Workspace | Home::Service)
            || (self.listed == Listed::Whole && !secret)
    }

    /// Whether it only says that two things belong together.
    pub fn is_link(&self) -> bool {
        matches!(self.access, Access::Link | Access::Membership)
    }

    /// Whether each copy has the names of its original: what stands below
    /// something has, and is told apart by that.
    pub fn keeps_names(&self) -> bool {
        self.pattern.contains('/')
    }

    /// Whether its body is a document that stands in a file of its own.
    pub fn is_document(&self) -> bool {
        self.access == Access::Document
    }

    /// Whether it is what runs where it stands: a policy, and no fragment of one.
    pub fn is_policy(&self) -> bool {
        self.is_document() && self.collection() == "policies"
    }

    /// The property that holds policy, or may: a named value is put into the
    /// text of a policy when that is saved.
    pub fn policy_in(&self) -> Option<&'static str> {
        match self.is_document() {
            true => Some("value"),
            false => self.may_hold_policy,
        }
    }

    /// The secrets that stand in an instance's properties.
    pub fn secrets_in(&self, properties: &Map<String, Value>) -> Vec<&'static str> {
        let read = self.secret.filter(|s| (s.applies)(properties));
        let members = read.map_or(&[] as &[_], |s| s.members);
        members
            .iter()
            .chain(self.write_only)
            .copied()
            .filter(|name| properties.get(*name).is_some_and(|v| !v.is_null()))
            .collect()
    }

    /// Whether this instance is one that every service has.
    pub fn is_built_in(&self, path: &ResourcePath, properties: &Map<String, Value>) -> bool {
        self.built_in.is_some_and(|f| f(path.name(), properties))
    }
}

#[cfg(test)]
#[path = "schema_tests.rs"]
mod schema_tests;
