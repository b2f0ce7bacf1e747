//! Live state: the lines are asked every quarter of a second while somebody watches, and each watcher is told what
//! changed for them.
//!
//! Two kinds of server-sent events (WHATWG HTML, section 9.2): `lines` carries jacks and timeslots that changed, with
//! their words in the watcher's language; `parts` says that calls, queues or alarms changed, and the page asks for
//! itself again. A watcher keeps nobody signed in.

use std::{collections::BTreeMap, convert::Infallible, sync::Arc, time::Duration};

use access::{Permission, SessionToken};
use axum::{
    extract::State,
    http::StatusCode,
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use frame::{EventNo, PortId};
use futures_util::{Stream, stream};
use tokio::{
    sync::{OwnedSemaphorePermit, watch as latest},
    time::sleep,
};

use super::{
    app::App,
    chassis::{self, JackView},
    visitor::Member,
};
use crate::{handles::Snapshot, journal::IndexReader, words::Language};

/// How often the lines are asked: a hook is on the page well within a second.
const ASK_EVERY: Duration = Duration::from_millis(250);

/// How often a connection without news says that it is alive, so that a dead one is noticed and a session's end is met.
const ALIVE_EVERY: Duration = Duration::from_secs(15);

/// How often the index is asked whether anything was added to it.
const ASK_INDEX_EVERY: Duration = Duration::from_secs(1);

/// What watchers look at.
#[derive(Clone, Debug, Default)]
pub(super) struct Live {
    /// None where call control does not answer.
    snapshot: Option<Arc<Snapshot>>,
    /// The last event that the index counts.
    counted: Option<(EventNo, usize)>,
}

impl Live {
    /// Whether nothing changed but the moment.
    fn is_like(&self, other: &Live) -> bool {
        let same_lines = match (&self.snapshot, &other.snapshot) {
            (Some(a), Some(b)) => a.jacks == b.jacks && a.spans == b.spans,
            (a, b) => a.is_none() && b.is_none(),
        };
        same_lines && self.has_parts_of(other)
    }

    /// Whether what pages show besides the lines is the same.
    fn has_parts_of(&self, other: &Live) -> bool {
        let same_calls = match (&self.snapshot, &other.snapshot) {
            (Some(a), Some(b)) => a.calls == b.calls && a.queues == b.queues,
            (a, b) => a.is_none() && b.is_none(),
        };
        same_calls && self.counted == other.counted
    }
}

/// Asks the lines while somebody watches; for ever.
pub(super) async fn watch(app: Arc<App>) {
    let mut index_asked = None;
    loop {
        if app.live.receiver_count() == 0 {
            app.watched.notified().await;
        }
        let mut next = Live { snapshot: app.snapshot().await.map(Arc::new), counted: app.live.borrow().counted };
        let now = app.now().time;
        if index_asked.is_none_or(|asked| now.since(asked) >= ASK_INDEX_EVERY) {
            index_asked = Some(now);
            let last_no = app.read_index(Language::default(), IndexReader::last_no).await.ok();
            next.counted = last_no.zip(Some(app.waiting_events().await));
        }
        app.live.send_if_modified(|live| {
            let is_news = !live.is_like(&next);
            *live = next;
            is_news
        });
        sleep(ASK_EVERY).await;
    }
}

/// `GET /live`
pub(super) async fn stream(State(app): State<Arc<App>>, member: Member) -> Response {
    if let Err(fault) = member.must(Permission::SeeBox) {
        return fault.into_response();
    }
    let Ok(place) = Arc::clone(&app.watchers).try_acquire_owned() else {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    let newest = app.live.subscribe();
    app.watched.notify_one();
    let (language, token) = (member.visitor.language, member.token);
    let watcher = Watcher { app, token, language, newest, seen: None, told: BTreeMap::new(), _place: place };
    Sse::new(events(watcher)).keep_alive(KeepAlive::new().interval(ALIVE_EVERY)).into_response()
}

/// One page that watches.
struct Watcher {
    app: Arc<App>,
    token: SessionToken,
    language: Language,
    newest: latest::Receiver<Live>,
    /// What the page's parts were last told to follow. None at first: between the page and its first event things may
    /// have changed.
    seen: Option<Live>,
    told: BTreeMap<PortId, JackView>,
    _place: OwnedSemaphorePermit,
}

fn events(watcher: Watcher) -> impl Stream<Item = Result<Event, Infallible>> {
    stream::unfold(watcher, |mut watcher| async move {
        let event = watcher.next().await?;
        Some((Ok(event), watcher))
    })
}

impl Watcher {
    /// The next news; none when the session is over, or may see the box no more.
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.news() {
                return Some(event);
            }
            tokio::select! {
                changed = self.newest.changed() => changed.ok()?,
                () = sleep(ALIVE_EVERY) => {}
            }
            let who = self.app.access().look(self.app.now().time, &self.token)?;
            if !who.permissions.allow(Permission::SeeBox) {
                return None;
            }
        }
    }

    fn news(&mut self) -> Option<Event> {
        let newest = self.newest.borrow_and_update().clone();
        if let Some(event) = newest.snapshot.as_deref().and_then(|snapshot| self.changed_lines(snapshot)) {
            return Some(event);
        }
        let is_same = self.seen.as_ref().is_some_and(|seen| seen.has_parts_of(&newest));
        self.seen = Some(newest);
        (!is_same).then(|| Event::default().event("parts").data("changed"))
    }

    fn changed_lines(&mut self, snapshot: &Snapshot) -> Option<Event> {
        let jacks = chassis::jacks(snapshot, self.language);
        let changed: Vec<&JackView> = jacks.values().filter(|jack| self.told.get(&jack.port) != Some(jack)).collect();
        if changed.is_empty() {
            return None;
        }
        let event = serde_json::to_string(&changed).ok().map(|json| Event::default().event("lines").data(json));
        self.told = jacks;
        event
    }
}
