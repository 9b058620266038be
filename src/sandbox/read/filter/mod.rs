//! The subset of `$filter` that the service understands.

mod fields;

use serde_json::Value;

use self::fields::fields;
use crate::sandbox::http::reply::Refusal;

/// A parsed filter.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Filter {
    And(Box<Filter>, Box<Filter>),
    Or(Box<Filter>, Box<Filter>),
    Compare(String, Operator, Literal),
    Call(Function, String, String),
    True(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operator {
    Eq,
    Ne,
    Gt,
    Ge,
    Lt,
    Le,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Function {
    Contains,
    StartsWith,
    EndsWith,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Literal {
    Text(String),
    Bool(bool),
    Number(f64),
    Null,
}

impl Filter {
    /// Reads a filter of a list.
    pub(crate) fn parse(text: &str, list: &str) -> Result<Self, Refusal> {
        let wrong = || {
            Refusal::new(
                400,
                "ValidationError",
                format!("Invalid filter clause specified: '{text}'."),
            )
        };
        let tokens = tokens(text).ok_or_else(wrong)?;
        let mut parser = Parser { tokens, at: 0 };
        let filter = parser.or().ok_or_else(wrong)?;
        if parser.at != parser.tokens.len() {
            return Err(wrong());
        }
        let known = fields(list);
        for field in filter.names() {
            if !known.contains(&field) {
                return Err(Refusal::new(
                    400,
                    "ValidationError",
                    format!("Filtering by '{field}' is not supported for this collection."),
                ));
            }
        }
        Ok(filter)
    }

    fn names(&self) -> Vec<&str> {
        match self {
            Self::And(a, b) | Self::Or(a, b) => {
                let mut names = a.names();
                names.extend(b.names());
                names
            }
            Self::Compare(name, ..) | Self::Call(_, name, _) | Self::True(name) => {
                vec![name.as_str()]
            }
        }
    }

    /// Whether something with these fields passes. Field names are lower-case.
    pub(crate) fn passes(&self, field: &dyn Fn(&str) -> Value) -> bool {
        match self {
            Self::And(a, b) => a.passes(field) && b.passes(field),
            Self::Or(a, b) => a.passes(field) || b.passes(field),
            Self::True(name) => field(name) == Value::Bool(true),
            Self::Call(function, name, text) => {
                let text = text.to_lowercase();
                let holds = |value: &Value| {
                    let value = value.as_str().unwrap_or_default().to_lowercase();
                    match function {
                        Function::Contains => value.contains(&text),
                        Function::StartsWith => value.starts_with(&text),
                        Function::EndsWith => value.ends_with(&text),
                    }
                };
                match field(name) {
                    Value::Array(spellings) => spellings.iter().any(holds),
                    value @ Value::String(_) => holds(&value),
                    _ => false,
                }
            }
            Self::Compare(name, operator, literal) => compare(&field(name), *operator, literal),
        }
    }
}

fn compare(value: &Value, operator: Operator, literal: &Literal) -> bool {
    let ordering = match literal {
        Literal::Null => {
            return match operator {
                Operator::Eq => value.is_null(),
                Operator::Ne => !value.is_null(),
                _ => false,
            };
        }
        Literal::Bool(wanted) => {
            let is = value.as_bool().unwrap_or(false);
            is.cmp(wanted)
        }
        Literal::Number(wanted) => {
            let number = match value {
                Value::Number(number) => number.as_f64(),
                Value::String(text) => text.parse().ok(),
                _ => None,
            };
            match number.and_then(|number| number.partial_cmp(wanted)) {
                Some(ordering) => ordering,
                None => return operator == Operator::Ne,
            }
        }
        Literal::Text(wanted) => match value {
            Value::String(text) => text.to_lowercase().cmp(&wanted.to_lowercase()),
            Value::Array(items) => {
                let any = items.iter().any(|item| {
                    item.as_str()
                        .is_some_and(|text| text.eq_ignore_ascii_case(wanted))
                });
                return any == (operator == Operator::Eq);
            }
            _ => return operator == Operator::Ne,
        },
    };
    match operator {
        Operator::Eq => ordering.is_eq(),
        Operator::Ne => ordering.is_ne(),
        Operator::Gt => ordering.is_gt(),
        Operator::Ge => ordering.is_ge(),
        Operator::Lt => ordering.is_lt(),
        Operator::Le => ordering.is_le(),
    }
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Word(String),
    Text(String),
    Open,
    Close,
    Comma,
}

fn tokens(text: &str) -> Option<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut chars = text.chars().peekable();
    while let Some(&c) = chars.peek() {
        match c {
            ' ' | '\t' => {
                chars.next();
            }
            '(' | ')' | ',' => {
                chars.next();
                tokens.push(match c {
                    '(' => Token::Open,
                    ')' => Token::Close,
                    _ => Token::Comma,
                });
            }
            '\'' => {
                chars.next();
                let mut value = String::new();
                loop {
                    match chars.next()? {
                        '\'' if chars.peek() == Some(&'\'') => {
                            chars.next();
                            value.push('\'');
                        }
                        '\'' => break,
                        c => value.push(c),
                    }
                }
                tokens.push(Token::Text(value));
            }
            _ => {
                let mut word = String::new();
                while let Some(&c) = chars.peek() {
                    if matches!(c, ' ' | '\t' | '(' | ')' | ',' | '\'') {
                        break;
                    }
                    word.push(c);
                    chars.next();
                }
                tokens.push(Token::Word(word));
            }
        }
    }
    Some(tokens)
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
}

impl Parser {
    fn next(&mut self) -> Option<Token> {
        let token = self.tokens.get(self.at).cloned()?;
        self.at += 1;
        Some(token)
    }

    fn take_word(&mut self, word: &str) -> bool {
        let is = matches!(self.tokens.get(self.at), Some(Token::Word(w)) if w.eq_ignore_ascii_case(word));
        self.at += usize::from(is);
        is
    }

    fn or(&mut self) -> Option<Filter> {
        let mut left = self.and()?;
        while self.take_word("or") {
            left = Filter::Or(Box::new(left), Box::new(self.and()?));
        }
        Some(left)
    }

    fn and(&mut self) -> Option<Filter> {
        let mut left = self.one()?;
        while self.take_word("and") {
            left = Filter::And(Box::new(left), Box::new(self.one()?));
        }
        Some(left)
    }

    fn one(&mut self) -> Option<Filter> {
        match self.next()? {
            Token::Open => {
                let inner = self.or()?;
                (self.next()? == Token::Close).then_some(inner)
            }
            Token::Word(word) if self.tokens.get(self.at) == Some(&Token::Open) => self.call(&word),
            Token::Word(word) => self.compare(&word),
            _ => None,
        }
    }

    fn call(&mut self, word: &str) -> Option<Filter> {
        let swapped = word.eq_ignore_ascii_case("substringof");
        let function = match word.to_ascii_lowercase().as_str() {
            "substringof" | "contains" => Function::Contains,
            "startswith" => Function::StartsWith,
            "endswith" => Function::EndsWith,
            _ => return None,
        };
        self.next()?;
        let first = self.next()?;
        (self.next()? == Token::Comma).then_some(())?;
        let second = self.next()?;
        (self.next()? == Token::Close).then_some(())?;
        match (first, second, swapped) {
            (Token::Text(text), Token::Word(name), true)
            | (Token::Word(name), Token::Text(text), false) => {
                Some(Filter::Call(function, bare(&name), text))
            }
            _ => None,
        }
    }

    fn compare(&mut self, word: &str) -> Option<Filter> {
        let operator = match self.tokens.get(self.at) {
            Some(Token::Word(next)) => match next.to_ascii_lowercase().as_str() {
                "eq" => Operator::Eq,
                "ne" => Operator::Ne,
                "gt" => Operator::Gt,
                "ge" => Operator::Ge,
                "lt" => Operator::Lt,
                "le" => Operator::Le,
                _ => return Some(Filter::True(bare(word))),
            },
            _ => return Some(Filter::True(bare(word))),
        };
        self.at += 1;
        let literal = match self.next()? {
            Token::Text(text) => Literal::Text(text),
            Token::Word(word) => match word.to_ascii_lowercase().as_str() {
                "true" => Literal::Bool(true),
                "false" => Literal::Bool(false),
                "null" => Literal::Null,
                number => Literal::Number(number.parse().ok()?),
            },
            _ => return None,
        };
        Some(Filter::Compare(bare(word), operator, literal))
    }
}

/// `properties/scope` and `tag/name` mean `scope` and `name`.
fn bare(name: &str) -> String {
    name.rsplit('/')
        .next()
        .unwrap_or_default()
        .to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn passes(filter: &str, list: &str, item: Value) -> bool {
        let filter = Filter::parse(filter, list).unwrap();
        filter.passes(&|name| item[name].clone())
    }

    #[test]
    fn the_forms_that_tools_use_are_understood() {
        let api = json!({"name": "Orders", "iscurrent": true, "path": "o"});
        assert!(passes("isCurrent", "apis", api.clone()));
        assert!(passes("isCurrent eq true", "apis", api.clone()));
        assert!(!passes("isCurrent ne true", "apis", api.clone()));
        assert!(passes(
            "name eq 'orders' and path eq 'o'",
            "apis",
            api.clone()
        ));
        assert!(passes(
            "name eq 'x' or (substringof('rder', properties/name))",
            "apis",
            api.clone()
        ));
        assert!(passes("endswith(name, 'ers')", "apis", api));
        let odd = json!({"displayname": "it's"});
        assert!(passes("displayName eq 'it''s'", "tags", odd));
    }

    #[test]
    fn what_can_not_be_filtered_is_refused() {
        assert!(Filter::parse("serviceUrl eq 'x'", "tags").is_err());
        assert!(Filter::parse("name eq", "apis").is_err());
        assert!(Filter::parse("name eq 'x", "apis").is_err());
        assert!(Filter::parse("name eq 'x' )", "apis").is_err());
        assert!(Filter::parse("like(name,'x')", "apis").is_err());
    }
}
