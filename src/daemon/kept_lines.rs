//! Open channels of real cards, kept by the holder while the box is away: DAHDI hangs up a line when its last user closes
//! it. A holder is a service manager's store, or the store of `ringfence hold`.

use std::os::fd::BorrowedFd;

use dahdi::{ChannelName, Held, Keep};
use os::{Supervisor, take_kept};

/// The channels that the last life gave away, by their names.
pub(super) fn take() -> Held {
    let kept = take_kept(|name| name.parse::<ChannelName>().is_ok());
    kept.into_iter().filter_map(|(name, fd)| Some((name.parse().ok()?, fd))).collect()
}

/// Gives up channels that no card of the board has: a board file that was changed while the box was away.
pub(super) fn let_go(left: Held) {
    let mut lines = KeptLines::of_environment();
    for (name, fd) in left {
        tracing::warn!(%name, "a line was held that the board file does not have any more: it is hung up");
        lines.forget(name);
        drop(fd);
    }
}

/// Gives channels to the holder, where there is one.
pub(super) struct KeptLines(Option<Supervisor>);

impl KeptLines {
    pub(super) fn of_environment() -> KeptLines {
        KeptLines(Supervisor::of_environment())
    }
}

impl Keep for KeptLines {
    fn keep(&mut self, name: ChannelName, fd: BorrowedFd<'_>) {
        let Some(holder) = &self.0 else { return };
        if let Err(error) = holder.keep(fd, &name.to_string()) {
            tracing::warn!(%error, %name, "the holder does not take a line: its call will not outlive a restart");
        }
    }

    fn forget(&mut self, name: ChannelName) {
        let Some(holder) = &self.0 else { return };
        if let Err(error) = holder.forget(&name.to_string()) {
            tracing::warn!(%error, %name, "the holder does not hear that a line is gone");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{fs::File, os::fd::AsFd};

    use os::{Store, Told};

    use super::*;

    #[test]
    fn a_line_is_kept_by_the_name_by_which_the_next_life_looks_for_it() {
        let mut store = Store::new().unwrap();
        let mut lines = KeptLines(Some(Supervisor::at(store.address().to_owned())));
        let name: ChannelName = "TE:4.1.31".parse().unwrap();
        lines.keep(name, File::open("/dev/null").unwrap().as_fd());
        let Some(Told::Kept(kept)) = store.poll().unwrap() else { panic!("not kept") };
        assert_eq!(kept.parse(), Ok(name));
        lines.forget(name);
        assert_eq!(store.poll().unwrap(), Some(Told::Forgotten(kept)));
        assert_eq!(store.names().count(), 0);
    }

    #[test]
    fn without_a_holder_nothing_is_kept_and_nothing_fails() {
        let mut lines = KeptLines(None);
        lines.keep("TE.1.1".parse().unwrap(), File::open("/dev/null").unwrap().as_fd());
        lines.forget("TE.1.1".parse().unwrap());
    }
}
