//! Everything the demo holds: the simulated outside, the box as a child, and time.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
        mpsc::{self, Receiver, Sender},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use frame::LaneId;
use os::HeldMemory;
use settings::{Board, Layout, Role};
use sim::{Operator, OperatorEvent, World, shell};
use tempfile::TempDir;

use super::{
    Stop,
    child::{ANY_PORT, BoxProcess, Start, page_of},
    narrator::Narrator,
    outside::{News, Outside, SPAN},
    say, system,
};
use crate::{
    cli::arguments::Demo,
    daemon,
    words::{
        Language,
        command::Trouble,
        demo::{Failed, Step},
    },
};

/// How often the demo looks at what happened.
const LOOK: Duration = Duration::from_millis(20);

/// How long the box may take to end its calls and close its recordings.
const STOP_PATIENCE: Duration = Duration::from_secs(15);

/// The folder of prompts that set-up speaks, beside which the demo runs.
const PROMPTS: &str = "prompts/spoken";

/// What the demo holds.
pub(super) struct Scene {
    pub(super) layout: Layout,
    pub(super) language: Language,
    pub(super) narrator: Narrator,
    /// What the outside was told, in order; the script looks through it.
    pub(super) told: Vec<OperatorEvent>,
    /// What the exchange told, in order.
    pub(super) news: Vec<News>,
    /// Who plays the exchange and the people behind it.
    pub(super) outside: Outside,
    /// What callers and agents say.
    pub(super) voice: Arc<[u8]>,
    /// Set by Ctrl-C.
    pub(super) interrupted: Arc<AtomicBool>,
    pub(super) began: Instant,
    pub(super) data: PathBuf,
    start: Start,
    process: Option<BoxProcess>,
    acts: Sender<Operator>,
    events: Receiver<OperatorEvent>,
    stop: Arc<AtomicBool>,
    sim: Option<JoinHandle<()>>,
    _folder: TempDir,
    /// What the box has to know of its calls when it is started again.
    _table: HeldMemory,
}

impl Scene {
    /// Holds the lines and starts the box.
    pub(super) fn set(
        asked: Demo,
        board: &Board,
        far: Role,
        voice: Arc<[u8]>,
        language: Language,
    ) -> Result<Scene, Trouble> {
        let folder = tempfile::Builder::new().prefix("ringfence-demo-").tempdir().map_err(system("tempdir"))?;
        let data = asked.data.unwrap_or_else(|| folder.path().join("data"));
        give_prompts(&data, language).map_err(system(PROMPTS))?;
        let (acts, port) = mpsc::channel();
        let (told, events) = mpsc::channel();
        let stop = Arc::new(AtomicBool::new(false));
        let sockets = sockets(folder.path(), asked.exchange.is_some());
        let lines = sockets.lines.clone();
        let peer = sockets.peers.first().cloned();
        let sim = hold(board, sockets, shell::OperatorPort { acts: port, told }, Arc::clone(&stop));
        let outside = match (&asked.exchange, &peer) {
            (Some(program), Some(peer)) => {
                let traces = data.join("traces");
                fs::create_dir_all(&traces).map_err(system("traces"))?;
                let started = Outside::program((program, far), peer, folder.path(), &traces, &voice);
                started.map_err(system(&program.display().to_string()))?
            }
            _ => Outside::own(acts.clone(), Arc::clone(&voice)),
        };
        let table = daemon::call_table_memory().map_err(system("memfd_create"))?;
        let start = Start {
            board: asked.board,
            settings: asked.settings,
            data,
            lines,
            table: table.path(),
            listen: ANY_PORT,
            language,
        };
        say(&Step::Starting { folder: start.data.display().to_string() }.say(language));
        let process = BoxProcess::start(&start).map_err(system("ringfence run"))?;
        let layout = Layout::of(board);
        Ok(Scene {
            narrator: Narrator::new(&start.data, layout.clone(), language),
            layout,
            language,
            told: Vec::new(),
            news: Vec::new(),
            outside,
            voice,
            interrupted: watch_for_interrupt().map_err(system("SIGINT"))?,
            began: Instant::now(),
            data: start.data.clone(),
            start,
            process: Some(process),
            acts,
            events,
            stop,
            sim: Some(sim),
            _folder: folder,
            _table: table,
        })
    }

    /// Tells a step.
    pub(super) fn tell(&self, step: &Step) {
        say(&step.say(self.language));
    }

    /// Does something outside the box.
    pub(super) fn operate(&self, operator: Operator) {
        // The thread that takes it ends only with this scene.
        let _ = self.acts.send(operator);
    }

    /// Lets time pass until something was found among what was told, or `patience` is over.
    pub(super) fn until<T>(
        &mut self,
        patience: Duration,
        failed: Failed,
        mut find: impl FnMut(&mut Scene) -> Option<T>,
    ) -> Result<T, Stop> {
        let limit = Instant::now() + patience;
        loop {
            self.look()?;
            if let Some(found) = find(self) {
                return Ok(found);
            }
            if Instant::now() >= limit || self.interrupted.load(Relaxed) {
                return Err(failed.into());
            }
        }
    }

    /// Lets time pass; less of it when the demo is interrupted.
    pub(super) fn wait(&mut self, time: Duration) -> Result<(), Stop> {
        let limit = Instant::now() + time;
        while Instant::now() < limit && !self.interrupted.load(Relaxed) {
            self.look()?;
        }
        Ok(())
    }

    /// The label of the jack on a lane.
    pub(super) fn label(&self, lane: LaneId) -> String {
        let jack = self.layout.jacks.iter().find(|jack| jack.lane == lane && jack.kind.is_analog());
        jack.map_or_else(|| lane.to_string(), |jack| jack.label.clone())
    }

    /// What the box said since the last time.
    pub(super) fn box_says(&self) -> Vec<String> {
        self.process.iter().flat_map(|process| process.says.try_iter()).collect()
    }

    /// Stops the box and lets go of the lines.
    pub(super) fn stop(mut self) -> Result<(), Stop> {
        let clean = self.process.take().is_none_or(|process| process.stop(STOP_PATIENCE));
        self.narrator.tell();
        if clean { Ok(()) } else { Err(Failed::NotStopped.into()) }
    }

    fn look(&mut self) -> Result<(), Stop> {
        thread::sleep(LOOK);
        let told: Vec<OperatorEvent> = self.events.try_iter().collect();
        self.news.extend(self.outside.news(&told));
        self.told.extend(told);
        self.narrator.tell();
        for line in self.box_says() {
            // Whoever has the page open finds it there again after a restart.
            self.start.listen = page_of(&line).unwrap_or(self.start.listen);
            self.tell(&Step::BoxSays { line });
        }
        if self.process.as_mut().is_some_and(BoxProcess::has_ended) && !self.interrupted.load(Relaxed) {
            self.process = Some(BoxProcess::start(&self.start).map_err(system("ringfence run"))?);
            // Somebody may have taken the port meanwhile: what does not come to be ready there is tried elsewhere.
            self.start.listen = ANY_PORT;
            self.tell(&Step::Restarted);
        }
        Ok(())
    }
}

impl Drop for Scene {
    fn drop(&mut self) {
        if let Some(process) = self.process.take() {
            process.stop(STOP_PATIENCE);
        }
        self.stop.store(true, Relaxed);
        if let Some(sim) = self.sim.take() {
            // A panic of the thread was already told by the panic hook.
            let _ = sim.join();
        }
    }
}

/// Where the lines are held, and where an outside exchange connects.
fn sockets(folder: &Path, outside: bool) -> shell::Sockets {
    let peer = shell::PeerSockets { span: SPAN, d_channel: folder.join("D"), audio: folder.join("A") };
    shell::Sockets { lines: folder.join("lines"), peers: outside.then_some(peer).into_iter().collect() }
}

/// Holds the simulated cards in a thread of this process.
fn hold(
    board: &Board,
    sockets: shell::Sockets,
    operator: shell::OperatorPort,
    stop: Arc<AtomicBool>,
) -> JoinHandle<()> {
    let peers: Vec<_> = sockets.peers.iter().map(|peer| peer.span).collect();
    let world = World::new(board, &peers, 1);
    thread::spawn(move || {
        if let Err(error) = shell::serve(world, &sockets, operator, &stop) {
            tracing::error!(%error, "the simulated lines are gone");
        }
    })
}

/// Gives the box the prompts that set-up spoke. Without them callers hear silence, and the demo goes on.
fn give_prompts(data: &Path, language: Language) -> io::Result<()> {
    let spoken = Path::new(PROMPTS).join(language.tag());
    let Ok(entries) = fs::read_dir(&spoken) else { return Ok(()) };
    // The box makes its data directory itself and refuses one that holds something else.
    let prompts = data.join("prompts").join(language.tag());
    fs::create_dir_all(&prompts)?;
    for entry in entries {
        let path = entry?.path();
        if let Some(name) = path.file_name() {
            fs::copy(&path, prompts.join(name))?;
        }
    }
    Ok(())
}

/// A flag that Ctrl-C sets. The box, which the terminal tells as well, ends by itself then.
fn watch_for_interrupt() -> io::Result<Arc<AtomicBool>> {
    let flag = Arc::new(AtomicBool::new(false));
    let set = Arc::clone(&flag);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    thread::spawn(move || {
        runtime.block_on(async move {
            if tokio::signal::ctrl_c().await.is_ok() {
                set.store(true, Relaxed);
            }
        });
    });
    Ok(flag)
}
