//! What can stand in a column of the table.

use serde_json::{Map, Value};

use super::Kind;

/// Tells from name and properties whether every service has this one.
pub type IsBuiltIn = fn(&str, &Map<String, Value>) -> bool;

/// What must hold between the properties of a body: tells where it does not,
/// below the properties, and what is wrong there.
pub type Rule = fn(&Map<String, Value>) -> Option<(String, String)>;

/// Tells from properties what else none of the same parent has.
pub type Signature = fn(&Map<String, Value>) -> Option<String>;

/// The document of a policy or fragment.
#[derive(Debug, Clone, Copy)]
pub struct Document {
    /// Its root element.
    pub root: &'static str,
    /// How many bytes the service takes.
    pub most: usize,
}

/// Something that is said of an instance.
#[derive(Debug, Clone, Copy)]
pub struct Remark {
    /// Whether it is said of this instance.
    pub applies: fn(&Map<String, Value>) -> bool,
    /// The finding's code.
    pub code: &'static str,
    /// What is the matter, in plain words.
    pub message: &'static str,
}

/// An instance that can't be made again of what the service shows.
#[derive(Debug, Clone, Copy)]
pub struct Incomplete {
    /// Which instances, and what is said of them.
    pub remark: Remark,
    /// Where a person can put what is missing: a member of the body. Without
    /// one, only an [`UploadInto`] helps.
    pub asks_for: Option<&'static str>,
}

/// One setting that the service shows in two forms, as an object and as a list,
/// and that it takes in one of them only.
#[derive(Debug, Clone, Copy)]
pub struct TwoForms {
    /// The property that holds both forms.
    pub within: &'static str,
    /// The object.
    pub one: &'static str,
    /// The list.
    pub many: &'static str,
}

/// Where a copy can live.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Home {
    /// In a workspace, at the same place below it.
    Workspace,
    /// Only at service level, where a workspace may refer to it.
    Service,
    /// Only at service level, out of a workspace's reach; the finding's code.
    Nowhere(&'static str),
    /// At service level, and it keeps working from there; the finding's code.
    Stays(&'static str),
    /// At service level, unless a plan is asked to copy it.
    ByChoice(Choice),
}

/// What is for the whole service, and may be made for a whole workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Choice {
    /// What asks for it: `policy`.
    pub word: &'static str,
    /// The finding that says that it stays.
    pub stays: &'static str,
    /// A copy within one service would act beside the original, on the same
    /// calls.
    pub acts_twice: bool,
}

/// How much of an instance a list of its kind tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Listed {
    /// All that a copy is made of, as recorded. A crawl tries it on some.
    Whole,
    /// All but these members.
    Without(&'static [&'static str]),
    /// Nobody recorded it well enough to go by it.
    Unknown,
}

/// A list of the whole service that holds all of a kind that stands below
/// something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListedAtTop {
    /// The list: `issues`.
    pub collection: &'static str,
    /// The property of an item that names what it stands below.
    pub parent: &'static str,
}

/// What tells, without a look, that nothing of a kind stands below a parent.
#[derive(Debug, Clone, Copy)]
pub enum RuledOut {
    /// The parent's properties.
    ByParent(fn(&Map<String, Value>) -> bool),
    /// There being none of this kind in the whole service.
    ByEmpty(&'static Kind),
}

/// How a kind is read and written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// GET, HEAD, PUT, DELETE with ETags.
    Entity,
    /// As an entity, with a document in `value` that is read and sent raw.
    Document,
    /// A link resource: no ETag condition anywhere, one link per pair.
    Link,
    /// Membership by name in the URL, without a body.
    Membership,
}

/// What policies call an instance, other than its resource name: all of a kind
/// have to be known before one is found by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Alias {
    /// Its display name.
    Display,
    /// Its thumbprint.
    Thumbprint,
}

/// A property by which others know a resource.
#[derive(Debug, Clone, Copy)]
pub struct Display {
    /// The property's name.
    pub property: &'static str,
    /// Longest value, in characters.
    pub limit: usize,
    /// Whether only letters, digits, `-`, `.` and `_` may stand in it.
    pub plain: bool,
    /// Whether no two of one scope can have the same, whatever the case
    /// [service contract, 6.1]. Versions of an API share theirs.
    pub unique: bool,
}

impl Display {
    /// Why a text can't stand there; `None` when it can.
    pub fn refuses(&self, text: &str) -> Option<String> {
        let plain = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
        if text.is_empty() {
            return Some("it is empty".to_owned());
        }
        if text.chars().count() > self.limit {
            return Some(format!("it is longer than {} characters", self.limit));
        }
        let odd = text.chars().find(|c| !plain(c)).filter(|_| self.plain)?;
        Some(format!(
            "it holds `{odd}`, and only letters, digits, `-`, `.` and `_` may stand in it"
        ))
    }
}

/// What the names of instances are made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Letters {
    /// Whatever an address can hold.
    Any,
    /// Anything but these.
    AllBut(&'static str),
    /// Letters, digits and underscores, and dashes but at the ends.
    Word,
}

impl Letters {
    /// Whether a name is made of them.
    pub fn admit(self, name: &str) -> bool {
        let word = |c: char| c.is_alphanumeric() || c == '_';
        match self {
            Letters::Any => true,
            Letters::AllBut(refused) => !name.contains(|c| refused.contains(c)),
            Letters::Word => {
                name.chars().all(|c| word(c) || c == '-')
                    && name.starts_with(word)
                    && name.ends_with(word)
            }
        }
    }
}

/// A property that can't be sent together with another.
#[derive(Debug, Clone, Copy)]
pub struct Yields {
    /// The property that is left out.
    pub property: &'static str,
    /// Left out when this property …
    pub to: &'static str,
    /// … is there (`None`) or has this truth value.
    pub when: Option<bool>,
}

/// A default of the service.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Default {
    /// A text.
    Text(&'static str),
    /// A truth value.
    Bool(bool),
    /// A list with one text.
    OneText(&'static str),
    /// A list with one object of texts.
    OneObject(&'static [(&'static str, &'static str)]),
    /// Whatever the service puts there: never compared when it was not sent.
    Anything,
}

impl Default {
    /// Whether a value is this default.
    pub fn is(self, value: &Value) -> bool {
        let only = |list: &Value| match list.as_array().map(Vec::as_slice) {
            Some([one]) => Some(one.clone()),
            _ => None,
        };
        match self {
            Default::Text(text) => value.as_str().is_some_and(|v| v.eq_ignore_ascii_case(text)),
            Default::Bool(flag) => value.as_bool() == Some(flag),
            Default::OneText(text) => only(value).is_some_and(|one| one.as_str() == Some(text)),
            Default::OneObject(members) => only(value).is_some_and(|one| {
                let has = |(name, text): &(&str, &str)| one[*name].as_str() == Some(*text);
                one.as_object().is_some_and(|o| o.len() == members.len()) && members.iter().all(has)
            }),
            Default::Anything => false,
        }
    }

    /// The default as it can be sent.
    pub fn value(self) -> Option<Value> {
        match self {
            Default::Text(text) => Some(Value::from(text)),
            Default::Bool(flag) => Some(Value::Bool(flag)),
            Default::OneText(text) => Some(Value::from(vec![text])),
            Default::OneObject(_) | Default::Anything => None,
        }
    }
}

/// How a reference is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A full ARM id, or the short path below the service or workspace.
    Id,
    /// As [`Form::Id`], of an API without its revision.
    IdOfRoot,
    /// A resource's bare name.
    Name,
    /// The bare name of a child of the same API.
    NameInApi,
    /// A certificate's thumbprint.
    Thumbprint,
}

/// A reference from a property to another resource.
#[derive(Debug, Clone, Copy)]
pub struct Reference {
    /// Where it stands, below `properties`: `pool.services[].id`.
    pub pointer: &'static str,
    /// The kind it names; several when the id tells which.
    pub to: &'static [&'static Kind],
    /// How it is written.
    pub form: Form,
}

/// How a secret is read from the source.
#[derive(Debug, Clone, Copy)]
pub struct SecretRead {
    /// The POST action: `listValue`.
    pub action: &'static str,
    /// Members of the answer and the property each belongs into.
    pub members: &'static [&'static str],
    /// Whether this instance has one that has to be read.
    pub applies: fn(&Map<String, Value>) -> bool,
}

/// How an instance that is [`Incomplete`] can be made all the same: from a file
/// that somebody kept.
#[derive(Debug, Clone, Copy)]
pub struct UploadInto {
    /// The property that takes the file, as base64.
    pub content: &'static str,
    /// The property that takes its password.
    pub password: &'static str,
}

/// What names a resource from elsewhere and comes along with it.
#[derive(Debug, Clone, Copy)]
pub struct Referrer {
    /// Its kind.
    pub kind: &'static Kind,
    /// For links: the view below the named resource, at service level, that
    /// lists the owners of links to it (`tags` below an API).
    pub view: Option<&'static str>,
    /// For links to what stands below something: the view below that, which
    /// lists tags beside what has them, for all of it in one.
    pub view_of_all: Option<&'static str>,
    /// What `--without` calls it.
    pub branch: &'static str,
    /// How many can name one resource in a workspace, where that is documented.
    pub most: Option<usize>,
}

/// How many of another kind may name one instance and have the same owner.
#[derive(Debug, Clone, Copy)]
pub struct Quota {
    /// The kind that is counted.
    pub of: &'static Kind,
    /// The property of the instance that says how many; without it, any number.
    pub property: &'static str,
    /// The property of what is counted that names the owner.
    pub owner: &'static str,
    /// The property of the instance that says, where it is false, that nobody
    /// needs one.
    pub needed: &'static str,
}

/// Where a credential may stand in clear.
#[derive(Debug, Clone, Copy)]
pub enum Sensitive {
    /// Whatever stands at this pointer is one, unless a named value gives it.
    All(&'static str),
    /// What stands below this pointer under a name that says so.
    Named(&'static str),
    /// The text at this pointer, where it shows that by itself.
    Text(&'static str),
    /// The property of this name, where it shows that by itself, or the display
    /// name says so.
    Value(&'static str),
}

impl Sensitive {
    /// Where it is.
    pub fn pointer(&self) -> &'static str {
        match self {
            Sensitive::All(at)
            | Sensitive::Named(at)
            | Sensitive::Text(at)
            | Sensitive::Value(at) => at,
        }
    }
}

/// Something the service makes on its own.
#[derive(Debug, Clone, Copy)]
pub struct Effect {
    /// A word for it, used in the step's id.
    pub label: &'static str,
    /// Its kind.
    pub kind: &'static Kind,
    /// The property by which it is recognised.
    pub property: &'static str,
    /// What that property names.
    pub names: EffectNames,
}

/// What tells an automatic resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EffectNames {
    /// A built-in resource at service level: `/groups/administrators`.
    ServiceLevel(&'static str),
    /// The resource that was created; its own name is 24 hex digits.
    Owner,
    /// Nothing: it stands below the resource that was created, under its label,
    /// where that one's own property has this value.
    Below(&'static str),
}

impl Effect {
    /// Whether it is what stands under a name below an owner with these
    /// properties, and belongs to that.
    pub fn stands_below(&self, owner: &Map<String, Value>, kind: &Kind, name: &str) -> bool {
        let EffectNames::Below(value) = self.names else {
            return false;
        };
        let has = owner.get(self.property).and_then(Value::as_str);
        self.kind == kind
            && name.eq_ignore_ascii_case(self.label)
            && has.is_some_and(|has| has.eq_ignore_ascii_case(value))
    }
}

/// Who may write at the same time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    /// Anybody.
    Free,
    /// One at a time in the whole service.
    OneOfKind,
    /// One at a time below the same API, whatever the revision.
    PerApi,
    /// One at a time of those that name the same resource.
    PerNamed {
        /// The property that names it.
        property: &'static str,
        /// The kind of what it names; with another one, anybody.
        kind: &'static Kind,
    },
}

/// A documented limit of a workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// What is counted: the workspace, or instances below one parent.
    pub per: Per,
    /// How many there can be.
    pub most: usize,
}

/// What a limit is counted over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Per {
    /// All in the workspace.
    Workspace,
    /// All below one parent.
    Parent,
}
