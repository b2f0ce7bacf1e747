//! The frame around every page: head, navigation, who is signed in, the other language.

use access::{Permission, Permissions};

use super::{app::App, assets, fault::Fault, visitor::Member};
use crate::words::{Language, page::Page};

/// What the box is called, in every language.
pub(super) const BRAND: &str = "Ringfence";

/// What the frame shows.
#[derive(Debug)]
pub(super) struct Shell {
    pub(super) language: Language,
    pub(super) title: String,
    pub(super) path: String,
    pub(super) member: Option<ShellMember>,
}

/// What it shows to somebody who is signed in.
#[derive(Debug)]
pub(super) struct ShellMember {
    pub(super) name: String,
    pub(super) form_token: String,
    /// The colour of the word below.
    pub(super) alarms_class: &'static str,
    /// How many alarms there are.
    pub(super) alarms: String,
    permissions: Permissions,
    /// They have to set up a second factor before anything else.
    must_set_up: bool,
}

/// One entry of the navigation.
pub(super) struct Tab {
    pub(super) href: &'static str,
    pub(super) label: String,
    pub(super) is_current: bool,
}

impl Shell {
    /// The frame of a page for anyone.
    pub(super) fn outside(language: Language, title: Page) -> Shell {
        Shell::outside_titled(language, title.say(language))
    }

    /// The same with a title that is no word of the pages inside.
    pub(super) fn outside_titled(language: Language, title: String) -> Shell {
        Shell { language, title, path: "/".to_owned(), member: None }
    }

    /// The frame of a page for somebody who is signed in.
    pub(super) async fn inside(app: &App, member: &Member, title: Page) -> Result<Shell, Fault> {
        Shell::inside_titled(app, member, title.say(member.visitor.language)).await
    }

    /// The same with a title that is no tab's.
    pub(super) async fn inside_titled(app: &App, member: &Member, title: String) -> Result<Shell, Fault> {
        let language = member.visitor.language;
        let alarms = app.alarms(language).await?.len();
        let form_token = member.token.form_token().to_text();
        let (alarms_class, alarms) = match alarms {
            0 => ("talk", Page::NoAlarm),
            count => ("alarm", Page::Alarms { count }),
        };
        let (name, alarms) = (member.who.name.clone(), alarms.say(language));
        let (permissions, must_set_up) = (member.who.permissions, member.who.must_set_up);
        let inside = ShellMember { name, form_token, alarms_class, alarms, permissions, must_set_up };
        Ok(Shell { language, title, path: member.visitor.path.clone(), member: Some(inside) })
    }

    pub(super) fn say(&self, sentence: Page) -> String {
        sentence.say(self.language)
    }

    pub(super) fn asset(&self, name: &str) -> &'static str {
        assets::path(name)
    }

    /// Whether the page may ask for what is new, and lead elsewhere.
    pub(super) fn is_live(&self) -> bool {
        self.member.as_ref().is_some_and(|member| !member.must_set_up)
    }

    pub(super) fn tabs(&self) -> Vec<Tab> {
        let tabs = [
            ("/now", Page::Now, None),
            ("/box", Page::Box, None),
            ("/calls", Page::Calls, None),
            ("/people", Page::People, Some(Permission::ManagePeople)),
            ("/keeping", Page::Keeping, Some(Permission::SeeApprovals)),
            ("/approvals", Page::Approvals, Some(Permission::SeeApprovals)),
            ("/audit", Page::Audit, Some(Permission::SeeAudit)),
        ];
        let may = |permission| self.member.as_ref().is_some_and(|member| member.permissions.allow(permission));
        let offered = tabs.into_iter().filter(|(.., wants)| wants.is_none_or(may));
        let tab = |(href, label, _)| Tab { href, label: self.say(label), is_current: self.path.starts_with(href) };
        offered.map(tab).collect()
    }

    pub(super) fn other_language(&self) -> &'static str {
        match self.language {
            Language::Chinese => Language::English.tag(),
            Language::English => Language::Chinese.tag(),
        }
    }
}
