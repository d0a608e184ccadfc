//! Sealing and opening a 32-byte value, against *ring* alone doing AES-256-GCM on the same bytes with the same associated
//! data and, for sealing, a nonce from the same random generator.
//!
//! Criterion gives the times. The ratios, which are what is promised (at most 1.25), come from a loop that alternates
//! between the two, so that whatever else the machine does slows both.
#![expect(clippy::expect_used, reason = "a benchmark that cannot set up its keys has nothing to measure")]
#![expect(clippy::print_stdout, reason = "the ratios are the result")]

use criterion::{BatchSize, Criterion};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use ring::rand::{SecureRandom, SystemRandom};
use std::hint::black_box;
use std::time::{Duration, Instant};
use strongroom_codec::{Cipher, Column, ColumnCipher, EncryptionKey, IndexKey, KeyRing};
use uuid::Uuid;

const NAME: Column = Column::new("split", "contacts", "name");
const ROW: Uuid = Uuid::from_u128(0x0192_f0c1_7b6a_7e3d_8a54_0d5f_6b1e_9c27);
const VALUE: &[u8; 32] = b"Asha Rao of 12, Lake View, Pune.";
/// As long as what the codec authenticates for `NAME`: version and key id, three names and a row id with their lengths.
const AAD: &[u8; 42] = b"\x01\x0a\x0b\x0c\x0d\x05split\x08contacts\x04name\x100123456789abcdef";

/// Values per measurement and measurements per ratio.
const BATCH: usize = 1_000;
const ROUNDS: usize = 401;

/// *ring* as a program would call it that keeps nothing but the ciphertext.
struct Raw {
    key: LessSafeKey,
    random: SystemRandom,
}

impl Raw {
    fn new() -> Self {
        let key = UnboundKey::new(&AES_256_GCM, &[7; 32]).expect("32 bytes are a key");
        Self { key: LessSafeKey::new(key), random: SystemRandom::new() }
    }

    fn seal(&self, plaintext: &[u8]) -> Vec<u8> {
        let mut nonce = [0; 12];
        self.random.fill(&mut nonce).expect("there is randomness");
        self.seal_with(nonce, plaintext)
    }

    fn seal_with(&self, nonce: [u8; 12], plaintext: &[u8]) -> Vec<u8> {
        let mut buffer = Vec::with_capacity(plaintext.len() + AES_256_GCM.tag_len());
        buffer.extend_from_slice(plaintext);
        let nonce = Nonce::assume_unique_for_key(nonce);
        self.key.seal_in_place_append_tag(nonce, Aad::from(AAD), &mut buffer).expect("it seals");
        buffer
    }

    fn open(&self, mut buffer: Vec<u8>) -> Vec<u8> {
        let nonce = Nonce::assume_unique_for_key([9; 12]);
        let length = self.key.open_in_place(nonce, Aad::from(AAD), &mut buffer).expect("it opens").len();
        buffer.truncate(length);
        buffer
    }
}

fn cipher() -> Cipher {
    let key = || EncryptionKey::generate().expect("there is randomness");
    let ring = KeyRing::new(key(), vec![key()]).expect("the keys differ");
    Cipher::new(&ring, &IndexKey::generate().expect("there is randomness"), &[NAME])
}

fn seal(column: &ColumnCipher) -> Vec<u8> {
    column.seal(ROW, black_box(VALUE)).expect("it seals")
}

fn open(column: &ColumnCipher, envelope: Vec<u8>) -> Vec<u8> {
    column.open(ROW, envelope).expect("it opens")
}

fn main() {
    let (raw, cipher) = (Raw::new(), cipher());
    let column = cipher.column(&NAME).expect("the column is known");
    let (ciphertext, envelope) = (raw.seal_with([9; 12], VALUE), seal(column));

    let mut criterion = Criterion::default().configure_from_args();
    let mut group = criterion.benchmark_group("seal 32 bytes");
    group.bench_function("ring", |bench| bench.iter(|| raw.seal(black_box(VALUE))));
    group.bench_function("codec", |bench| bench.iter(|| seal(column)));
    group.finish();
    let mut group = criterion.benchmark_group("open 32 bytes");
    let batch = BatchSize::SmallInput;
    group.bench_function("ring", |bench| bench.iter_batched(|| ciphertext.clone(), |it| raw.open(it), batch));
    group.bench_function("codec", |bench| {
        bench.iter_batched(|| envelope.clone(), |it| open(column, it), batch)
    });
    group.finish();
    criterion
        .bench_function("column look-up", |bench| bench.iter(|| cipher.column(black_box(&NAME)).is_ok()));
    criterion
        .bench_function("blind index", |bench| bench.iter(|| column.blind_index(black_box("+919876543210"))));
    criterion.final_summary();

    // `cargo test --benches` leaves this argument out, and only wants to know that everything runs.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let nothing = || vec![(); BATCH];
    print_ratio(
        "seal",
        || time(nothing(), |()| raw.seal(black_box(VALUE))),
        || time(nothing(), |()| seal(column)),
    );
    let copies = |of: &Vec<u8>| vec![of.clone(); BATCH];
    print_ratio(
        "open",
        || time(copies(&ciphertext), |it| raw.open(it)),
        || time(copies(&envelope), |it| open(column, it)),
    );
}

/// How long it takes to do something to every input. Making inputs and dropping outputs is not counted.
fn time<I, O>(inputs: Vec<I>, mut operation: impl FnMut(I) -> O) -> Duration {
    let mut outputs = Vec::with_capacity(inputs.len());
    let start = Instant::now();
    for input in inputs {
        outputs.push(black_box(operation(input)));
    }
    start.elapsed()
}

/// The median over all rounds.
fn print_ratio(what: &str, raw: impl Fn() -> Duration, codec: impl Fn() -> Duration) {
    let mut rounds: Vec<_> = (0..ROUNDS).map(|_| (raw().as_secs_f64(), codec().as_secs_f64())).collect();
    rounds.sort_by(|left, right| (left.1 / left.0).total_cmp(&(right.1 / right.0)));
    if let Some((raw, codec)) = rounds.get(ROUNDS / 2) {
        let nanoseconds = |seconds: &f64| seconds * 1e9 / BATCH as f64;
        let (ratio, raw, codec) = (codec / raw, nanoseconds(raw), nanoseconds(codec));
        println!("{what}: {ratio:.3} times ring ({codec:.0} ns against {raw:.0} ns), goal 1.25");
    }
}
