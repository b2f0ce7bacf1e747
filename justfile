# Every verb of the project. `./justw VERB` runs one, and first installs what it lacks.

set positional-arguments
set no-exit-message
set shell := ["bash", "-euo", "pipefail", "-c"]

# Build the box, place calls and tell each step (--once: one call, --lang en: in English)
demo *ARGS: prompts voices peers
    @tools/need build
    @echo 'Building ringfence; the first time takes a few minutes.'
    @cargo build --quiet --profile ship --bin ringfence
    @[[ " $* " == *' --voice'* ]] || set -- --voice target/voices/caller.wav "$@"; \
     [[ " $* " == *' --exchange'* ]] || set -- --exchange target/peers/pri_peer "$@"; \
     exec target/ship/ringfence demo "$@"

# Run all tests, or those that ARGS name; the last line counts them
test *ARGS: prompts voices peers store fuzzers power-log
    @tools/need build web units
    @tools/tests "$@"

# The ISDN stack against libpri and tshark, in virtual time; keeps what it says in docs/matrix.md
matrix: peers
    @tools/need build
    @tools/matrix

# All of G.168 with the echo canceller; keeps what it says in docs/g168.md. With numbers of tests only those, and keeps nothing
standards *TESTS: voices
    @tools/need build
    @tools/standards "$@"

# Hours of speech and music through the DTMF receivers; keeps the counts in docs/talk-off.md. WORDS choose files by their paths
talk-off *WORDS: voices peers
    @tools/need build
    @tools/talk-off "$@"

# Hours of speech and music through the ears for tones; keeps what they heard in docs/tones.md. FOLDERS with WAV files instead
tone-talk-off *FOLDERS: voices
    @tools/need build
    @tools/tone-talk-off "$@"

# The box on the real DAHDI kernel stack, in a virtual machine: all tests, or those whose names hold an ARG (--long: an hour)
vm *ARGS: prompts voices
    @tools/need build peers vm
    @tools/vm "$@"

# What only a real line card can show, with a person at the rack; BOARD names its cards
hil BOARD *CHECKS:
    @tools/need build
    @[ ! -e /sys/bus/dahdi_devices ] || cargo build --quiet --profile ship --bin ringfence
    @tools/hil "$@"

# Measure: all benches, or the one named; each prints its figures (docs/figures.md). `bench dahdi` runs in the virtual machine
bench NAME='*': prompts voices peers
    @tools/need build
    @echo 'Building as the box is shipped; the first time takes a few minutes.'
    @case "$1" in analog | dsp | '*') tools/debs corpus target/corpus ;; esac
    @case "$1" in analog | '*') tools/albums target/albums ;; esac
    @[ "$1" = dahdi ] || cargo bench --quiet --profile ship --workspace --bench "$1"
    @case "$1" in vault | '*') cargo test --quiet --lib power::a_power_cut -- --nocapture | grep '^figure' ;; esac
    @[ "$1" != dahdi ] || { tools/need vm; tools/vm --long for_minutes a_voice_is_under_way a_hundred_calls_on; }

# G.722 and G.726 against SpanDSP and FFmpeg on hours of speech, bit for bit; keeps the counts in docs/codecs.md
codecs: voices peers
    @tools/need build
    @tools/codecs

# Record what a recorder does to a disk below ext4, in a virtual machine, into target/power/
power-log:
    @tools/need build power
    @tools/power-log

# Cut the power below ext4 CUTS times, and tell what each leaves (docs/power-cuts.md)
power-cuts CUTS='1000': power-log
    @CUTS="$1" cargo test --quiet --test power -- --nocapture

# SIGKILL under thirty calls, COUNT times, and what each one cost (docs/power-cuts.md)
kills COUNT='500':
    @tools/need build
    @KILLS="$1" cargo test --quiet --test faults killed -- --nocapture

# A million random histories of rules, holds, erasing, clock steps and restarts against a plain model; `test` runs some
histories COUNT="1000000":
    @tools/need build
    @PROPTEST_CASES="$1" cargo test --quiet --profile ship -p vault --test histories

# A million random events at 32 telephones: each handset has a tone, a call, or is locked out; `test` runs some
telephone-histories COUNT="2000":
    @tools/need build
    @PROPTEST_CASES="$1" cargo test --quiet --profile ship -p call --test histories

# A million random events of 24 telephones of every class and 8 outside lines, through all that the box signals; `test` runs some
line-histories COUNT="1000000":
    @tools/need build
    @LINE_EVENTS="$1" cargo test --quiet --profile ship --test house line_histories::whatever -- --nocapture

# The vault's disk hangs for SECONDS, and then everybody signs in: whom the media thread waits for
hung SECONDS='60':
    @tools/need build
    @HUNG_S="$1" cargo test --quiet --test faults hung -- --nocapture

# A day of 30 calls a second over a bad line, in virtual time; SEED makes it the same day again (docs/soak.md)
soak *SEED:
    @tools/need build
    @cargo run --quiet --profile ship -p isdn-bench --example soak -- "$@"

# Everything a change has to pass before its tests: formats, lint, docs, deny
check: formats lint docs deny

# Formats
formats:
    cargo fmt --all --check
    cargo fmt --manifest-path fuzz/Cargo.toml --check

# Clippy, every warning an error
lint:
    @tools/need build
    cargo clippy --workspace --all-targets --quiet -- -D warnings

# The developer's documentation, every warning an error
docs:
    @tools/need build
    RUSTDOCFLAGS='-D warnings' cargo doc --workspace --no-deps --document-private-items --quiet

# Licences, bans, duplicates and sources of all outside crates
deny:
    @tools/need cargo-deny
    @echo 'Advisories are not checked here: their database lives on the network. Try: cargo deny check advisories'
    PATH="$PWD/.tools/bin:$PATH" cargo-deny --locked check -D warnings --hide-inclusion-graph licenses bans sources

# The plan of the house: who may import whom (tests/layout)
layout:
    @tools/need build
    cargo test --quiet --test layout

# Speak the prompts of prompts/texts.toml into prompts/spoken/, and make the music on hold
prompts:
    @tools/need prompts
    @tools/speak-prompts prompts/texts.toml prompts/spoken
    @for language in zh-CN en; do tools/music prompts/spoken/$language/music.wav; done

# Recorded human voices as 8 kHz A-law, into target/voices/
voices:
    @tools/need voices
    @tools/voices target/voices

# Build the independent ISDN exchange, the caller id of SpanDSP and the echo cancellers of others into target/peers/
peers:
    @tools/need peers
    @tools/peers target/peers

# Install the store that runs beside the tests of copies in a bucket
store:
    @tools/store target/store

# The tests of copies in a bucket with Ceph's object gateway as the store; a few minutes, docs/copies.md
ceph: store
    @tools/need build ceph
    STORE=ceph cargo test --quiet --test faults -- leases:: copies::what_is_finished

# Make the bindings of drivers/dahdi-sys anew from DAHDI's header (--check: only compare)
bindings *ARGS:
    @tools/need build bindings
    @tools/bindings "$@"

# Build the fuzzers of fuzz/ into target/fuzz/
fuzzers:
    @tools/need fuzz
    @tools/fuzz build

# Fuzz all targets, or the one named, for so many executions each; a row of docs/fuzzing.md tells each result
fuzz TARGET='frame message mask element facility span' EXECUTIONS='10000000': fuzzers
    @for target in $1; do nice -n 19 tools/fuzz keep "$target" "$2"; done
