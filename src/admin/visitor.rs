//! Who sends a request: their language, their address, their session.

use std::sync::Arc;

use access::{Permission, SEEN_MAX, SeenBrowser, SessionToken, SignedIn};
use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts},
    response::{IntoResponse, Redirect, Response},
};

use super::{app::App, fault::Fault, server::Peer};
use crate::words::{Language, page::Page};

/// Anyone.
pub(super) struct Visitor {
    pub(super) language: Language,
    /// The address they come from, for events and lockout.
    pub(super) from: String,
    /// The path of the page, without its query.
    pub(super) path: String,
    pub(super) token: Option<SessionToken>,
    /// It is asked by a page, without its reader.
    pub(super) by_itself: bool,
    /// Who has signed in at this browser before.
    pub(super) seen: Vec<SeenBrowser>,
}

/// Somebody who is signed in.
pub(super) struct Member {
    pub(super) visitor: Visitor,
    pub(super) who: SignedIn,
    pub(super) token: SessionToken,
}

impl Member {
    /// Asks for a right.
    pub(super) fn must(&self, permission: Permission) -> Result<(), Fault> {
        if self.who.permissions.allow(permission) {
            return Ok(());
        }
        Err(Fault::refused(self.visitor.language, Page::Forbidden))
    }

    /// Checks a form's hidden field.
    pub(super) fn must_have_sent(&self, form_token: &str) -> Result<(), Fault> {
        if self.token.form_token().is(form_token) {
            return Ok(());
        }
        Err(Fault::refused(self.visitor.language, Page::StaleForm))
    }
}

impl FromRequestParts<Arc<App>> for Visitor {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Visitor, Self::Rejection> {
        // The port changes with each connection, so it is no part of who it is.
        let from = parts.extensions.get::<Peer>().map(|peer| peer.0.ip().to_string()).unwrap_or_default();
        Ok(Visitor {
            language: language(&parts.headers),
            from,
            path: parts.uri.path().to_owned(),
            by_itself: parts.uri.path() == "/live" || parts.headers.contains_key(BY_ITSELF),
            token: cookie(&parts.headers, session_cookie(app.is_tls)).and_then(SessionToken::parse),
            seen: cookie(&parts.headers, seen_cookie(app.is_tls)).map(read_seen).unwrap_or_default(),
        })
    }
}

impl FromRequestParts<Arc<App>> for Member {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Member, Response> {
        let Ok(visitor) = Visitor::from_request_parts(parts, app).await;
        let by_itself = visitor.by_itself;
        let signed_in = visitor.token.clone().and_then(|token| {
            let now = app.now().time;
            let mut access = app.access();
            // A page that is left open asks by itself for what is new: that keeps nobody signed in.
            let who = if by_itself { access.look(now, &token) } else { access.request(now, &token) };
            who.map(|who| (who, token))
        });
        match signed_in {
            Some((who, _)) if who.must_set_up && !MAY_SET_UP.contains(&visitor.path.as_str()) => {
                // What a page asks by itself leads nowhere.
                if by_itself {
                    Err(StatusCode::FORBIDDEN.into_response())
                } else {
                    Err(Redirect::to("/account").into_response())
                }
            }
            Some((who, token)) => Ok(Member { visitor, who, token }),
            None if by_itself => Err(StatusCode::UNAUTHORIZED.into_response()),
            None => Err(Redirect::to("/sign-in").into_response()),
        }
    }
}

/// Where somebody may go who has to set up a second factor first.
const MAY_SET_UP: [&str; 3] = ["/account", "/account/second-factor", "/sign-out"];

/// The header of what a page asks for by itself, without its reader.
const BY_ITSELF: &str = "x-by-itself";

const LANGUAGE_COOKIE: &str = "language";

/// The language that was chosen on the page, else the first one of the browser's that the box speaks.
pub(super) fn language(headers: &HeaderMap) -> Language {
    let chosen = cookie(headers, LANGUAGE_COOKIE).and_then(|tag| tag.parse().ok());
    chosen.unwrap_or_else(|| browser_language(headers))
}

/// Source: RFC 9110 section 12.5.4. Browsers list languages in the order of their weights, so the order decides.
fn browser_language(headers: &HeaderMap) -> Language {
    let list = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let primary = |entry: &str| entry.trim().split(['-', ';']).next().unwrap_or_default().to_ascii_lowercase();
    let known = list.split(',').map(primary).find_map(|tag| match tag.as_str() {
        "zh" => Some(Language::Chinese),
        "en" => Some(Language::English),
        _ => None,
    });
    known.unwrap_or_default()
}

/// The cookie of a session. With TLS its name says that it may never travel without (RFC 6265bis, `__Host-`).
fn session_cookie(is_tls: bool) -> &'static str {
    if is_tls { "__Host-session" } else { "session" }
}

/// `Set-Cookie` of a new session; of an ended one where `token` is none.
pub(super) fn set_session(is_tls: bool, token: Option<&SessionToken>) -> HeaderValue {
    let (name, secure) = (session_cookie(is_tls), if is_tls { "; Secure" } else { "" });
    let (value, age) = token.map_or((String::new(), "; Max-Age=0"), |token| (token.to_text(), ""));
    header_value(&format!("{name}={value}; Path=/; HttpOnly; SameSite=Strict{secure}{age}"))
}

/// The cookie of those who have signed in at a browser.
fn seen_cookie(is_tls: bool) -> &'static str {
    if is_tls { "__Host-seen" } else { "seen" }
}

/// `Set-Cookie` of those who have signed in at a browser: kept for half a year, through sign-outs, as it opens nothing.
pub(super) fn set_seen(is_tls: bool, seen: &[SeenBrowser]) -> HeaderValue {
    let (name, secure) = (seen_cookie(is_tls), if is_tls { "; Secure" } else { "" });
    let value: Vec<String> = seen.iter().map(SeenBrowser::to_text).collect();
    let value = value.join("-");
    header_value(&format!("{name}={value}; Path=/; Max-Age=15552000; HttpOnly; SameSite=Strict{secure}"))
}

fn read_seen(text: &str) -> Vec<SeenBrowser> {
    text.split('-').take(SEEN_MAX).filter_map(SeenBrowser::parse).collect()
}

/// `Set-Cookie` of a chosen language: kept for a year, and no secret.
pub(super) fn set_language(language: Language) -> HeaderValue {
    header_value(&format!("{LANGUAGE_COOKIE}={}; Path=/; Max-Age=31536000; SameSite=Strict; HttpOnly", language.tag()))
}

fn header_value(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).expect("cookies are made of hexadecimal digits and fixed words")
}

fn cookie<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let values = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = values.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(found, _)| *found == name).map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: header::HeaderName, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name, value.parse().unwrap())])
    }

    #[test]
    fn the_first_known_language_of_the_browser_counts() {
        for (list, language) in [
            ("", Language::Chinese),
            ("de-DE,de;q=0.9", Language::Chinese),
            ("de,en-GB;q=0.8,zh;q=0.7", Language::English),
            ("zh-TW, en", Language::Chinese),
            ("EN", Language::English),
        ] {
            assert_eq!(browser_language(&headers(header::ACCEPT_LANGUAGE, list)), language, "{list}");
        }
    }

    #[test]
    fn a_chosen_language_wins_over_the_browsers() {
        let mut headers = headers(header::ACCEPT_LANGUAGE, "en");
        headers.insert(header::COOKIE, "a=b; language=zh-CN".parse().unwrap());
        assert_eq!(language(&headers), Language::Chinese);
        headers.insert(header::COOKIE, "language=klingon".parse().unwrap());
        assert_eq!(language(&headers), Language::English);
    }

    #[test]
    fn a_session_cookie_is_out_of_reach_of_scripts_and_of_other_sites() {
        let token = SessionToken::from_random([7; 32]);
        let text = set_session(true, Some(&token));
        let text = text.to_str().unwrap();
        assert!(text.starts_with(&format!("__Host-session={};", token.to_text())), "{text}");
        assert!(["HttpOnly", "SameSite=Strict", "Secure", "Path=/"].iter().all(|part| text.contains(part)), "{text}");
        assert!(!set_session(false, Some(&token)).to_str().unwrap().contains("Secure"));
        assert!(set_session(true, None).to_str().unwrap().contains("=; "));
    }

    #[test]
    fn a_cookie_is_found_by_its_whole_name() {
        let headers = headers(header::COOKIE, "xsession=1; session=2;session2=3");
        assert_eq!(cookie(&headers, "session"), Some("2"));
        assert_eq!(cookie(&headers, "sess"), None);
    }
}
