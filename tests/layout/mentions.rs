//! The paths that a source file names: in code, types, imports, and inside macros.
//!
//! The file is parsed by syn, then every token tree is walked, because a macro's arguments are tokens only. So a path is
//! seen wherever it stands, and too much is rather seen than too little: names are not scoped, a file has one set of
//! aliases.

use std::collections::BTreeMap;

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::ToTokens;

/// One path as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mention {
    /// Its names, without generic arguments. Of a glob, the names before `*`.
    pub path: Vec<String>,
    /// How it is named.
    pub how: How,
    /// How many inline modules it stands in.
    pub inline_depth: usize,
    /// The line in its file.
    pub line: usize,
}

/// How a path is named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum How {
    /// In code or in a type.
    Used,
    /// Imported under a name, perhaps for others too.
    Imported {
        /// The name it has in this file.
        alias: String,
        /// Whether others can import it from here.
        public: bool,
    },
    /// All that it holds is imported.
    Glob,
}

/// Alias to path, within a file.
pub type Aliases = BTreeMap<String, Vec<String>>;

/// All paths of a file, in order.
pub fn of(file: &syn::File) -> Vec<Mention> {
    let mut walk = Walk { mentions: Vec::new(), inline_depth: 0 };
    walk.code(file.to_token_stream());
    walk.mentions
}

/// The aliases that a file's imports make.
pub fn aliases(mentions: &[Mention]) -> Aliases {
    let named = mentions.iter().filter_map(|mention| match &mention.how {
        How::Imported { alias, .. } => Some((alias.clone(), mention.path.clone())),
        How::Used | How::Glob => None,
    });
    named.collect()
}

/// A path with the alias at its head replaced, as often as one stands there.
pub fn resolve(path: &[String], aliases: &Aliases) -> Vec<String> {
    // An alias of an alias of an alias; more is no code but a knot, and must end.
    const MOST_STEPS: usize = 8;
    let mut resolved = path.to_vec();
    for _ in 0..MOST_STEPS {
        match aliases.get(&resolved[0]) {
            Some(to) if to[0] != resolved[0] => resolved.splice(..1, to.iter().cloned()),
            _ => break,
        };
    }
    resolved
}

struct Walk {
    mentions: Vec<Mention>,
    inline_depth: usize,
}

/// Tokens of one level, with a place to read from.
struct Level {
    tokens: Vec<TokenTree>,
    at: usize,
}

impl Walk {
    fn code(&mut self, tokens: TokenStream) {
        let mut level = Level::new(tokens);
        while let Some(token) = level.peek(0) {
            match token {
                TokenTree::Ident(word) if word == "use" && !level.is_punct(1, '<') => self.import(&mut level),
                TokenTree::Ident(word) if word == "extern" && level.is_ident(1, "crate") => {
                    self.extern_crate(&mut level)
                }
                TokenTree::Ident(word) if word == "mod" => self.module(&mut level),
                TokenTree::Ident(_) => self.used(&mut level),
                TokenTree::Group(group) => {
                    let inside = group.stream();
                    level.at += 1;
                    self.code(inside);
                }
                _ => level.at += 1,
            }
        }
    }

    fn used(&mut self, level: &mut Level) {
        let line = level.line();
        let path = level.names(Vec::new());
        self.tell(path, How::Used, line);
    }

    /// `mod name { … }` is one module deeper; `mod name;` names no path.
    fn module(&mut self, level: &mut Level) {
        level.at += 1;
        if let Some(TokenTree::Group(body)) = level.peek(1).filter(|token| is_braced(token)) {
            let body = body.stream();
            level.at += 2;
            self.inline_depth += 1;
            self.code(body);
            self.inline_depth -= 1;
        }
    }

    fn extern_crate(&mut self, level: &mut Level) {
        level.at += 2;
        self.import_tree(level, &[], false);
    }

    fn import(&mut self, level: &mut Level) {
        let public = level.follows_pub();
        level.at += 1;
        self.import_tree(level, &[], public);
    }

    /// One branch of an import: `a::b`, `a::b as c`, `a::*`, `a::{…}`.
    fn import_tree(&mut self, level: &mut Level, before: &[String], public: bool) {
        let line = level.line();
        let mut path = level.names(before.to_vec());
        if level.is_punct(0, '*') {
            level.at += 1;
            return self.tell(path, How::Glob, line);
        }
        if let Some(TokenTree::Group(group)) = level.peek(0) {
            let group = group.clone();
            level.at += 1;
            return self.import_group(&group, &path, public);
        }
        if path.len() > 1 && path.last().is_some_and(|name| name == "self") {
            path.pop();
        }
        let alias = level.renamed().or_else(|| path.last().cloned()).unwrap_or_default();
        self.tell(path, How::Imported { alias, public }, line);
    }

    fn import_group(&mut self, group: &Group, before: &[String], public: bool) {
        let mut branches = Level::new(group.stream());
        while branches.peek(0).is_some() {
            self.import_tree(&mut branches, before, public);
            while branches.peek(0).is_some() && !branches.is_punct(0, ',') {
                branches.at += 1;
            }
            branches.at += 1;
        }
    }

    fn tell(&mut self, path: Vec<String>, how: How, line: usize) {
        if !path.is_empty() {
            self.mentions.push(Mention { path, how, inline_depth: self.inline_depth, line });
        }
    }
}

impl Level {
    fn new(tokens: TokenStream) -> Level {
        Level { tokens: tokens.into_iter().collect(), at: 0 }
    }

    fn peek(&self, ahead: usize) -> Option<&TokenTree> {
        self.tokens.get(self.at + ahead)
    }

    fn is_punct(&self, ahead: usize, sign: char) -> bool {
        matches!(self.peek(ahead), Some(TokenTree::Punct(punct)) if punct.as_char() == sign)
    }

    fn is_ident(&self, ahead: usize, name: &str) -> bool {
        matches!(self.peek(ahead), Some(TokenTree::Ident(ident)) if ident == name)
    }

    fn is_separator(&self) -> bool {
        self.is_punct(0, ':') && self.is_punct(1, ':')
    }

    fn line(&self) -> usize {
        self.peek(0).map_or(0, |token| token.span().start().line)
    }

    /// Whether `pub` or `pub(…)` stands just before.
    fn follows_pub(&self) -> bool {
        let before = self.tokens[..self.at].iter().rev();
        let mut before = before.skip_while(|token| matches!(token, TokenTree::Group(_)));
        matches!(before.next(), Some(TokenTree::Ident(word)) if word == "pub")
    }

    /// Reads `::a::b::` and adds its names; stops before what is no name.
    fn names(&mut self, mut path: Vec<String>) -> Vec<String> {
        loop {
            if self.is_separator() {
                self.at += 2;
            }
            let Some(TokenTree::Ident(name)) = self.peek(0) else { return path };
            path.push(name.to_string().trim_start_matches("r#").to_owned());
            self.at += 1;
            if !self.is_separator() {
                return path;
            }
        }
    }

    /// Reads `as name`.
    fn renamed(&mut self) -> Option<String> {
        if !self.is_ident(0, "as") {
            return None;
        }
        self.at += 2;
        Some(self.tokens.get(self.at - 1)?.to_string())
    }
}

fn is_braced(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a text names, as `path`, `path as alias`, `path::*`.
    fn named(text: &str) -> Vec<String> {
        let show = |mention: Mention| match mention.how {
            How::Used => mention.path.join("::"),
            How::Imported { alias, .. } => format!("{} as {alias}", mention.path.join("::")),
            How::Glob => format!("{}::*", mention.path.join("::")),
        };
        of(&syn::parse_file(text).expect("a sample is Rust")).into_iter().map(show).collect()
    }

    #[test]
    fn imports_are_seen_with_groups_renames_and_globs() {
        let found = named("use ::std::{io::{self, Read as _}, time::*, fs as files};");
        assert_eq!(found, ["std::io as io", "std::io::Read as _", "std::time::*", "std::fs as files"]);
        assert_eq!(named("extern crate std as other;"), ["std as other"]);
    }

    #[test]
    fn paths_in_types_and_macros_are_seen() {
        assert!(named("type Clock = Vec<std::time::Instant>;").contains(&"std::time::Instant".to_owned()));
        assert!(named("fn f() { vec![(1, a::b::<u8>())]; }").contains(&"a::b".to_owned()));
        assert!(named("macro_rules! m { () => { use std::{fs, env as e}; } }").contains(&"std::env as e".to_owned()));
        assert!(named("fn f() -> impl Fn() + use<> { || () }").contains(&"Fn".to_owned()));
    }

    #[test]
    fn an_alias_of_an_alias_is_resolved() {
        let mentions = of(&syn::parse_file("use std as s; use s::time as t; use a as b; use b as a;").expect("Rust"));
        let path = |text: &str| text.split("::").map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(resolve(&path("t::Instant"), &aliases(&mentions)), path("std::time::Instant"));
        assert_eq!(resolve(&path("a::x"), &aliases(&mentions)).last().map(String::as_str), Some("x"));
    }

    #[test]
    fn lines_visibility_and_inline_modules_are_told() {
        let mentions = of(&syn::parse_file("pub(crate) use a::b;\nmod inside {\n use c::d;\n}").expect("Rust"));
        let told: Vec<_> = mentions.iter().filter(|mention| mention.path.len() == 2).collect();
        assert_eq!((told[0].line, told[0].inline_depth), (1, 0));
        assert_eq!((told[1].line, told[1].inline_depth), (3, 1));
        assert!(matches!(told[0].how, How::Imported { public: true, .. }));
        assert!(matches!(told[1].how, How::Imported { public: false, .. }));
    }
}
