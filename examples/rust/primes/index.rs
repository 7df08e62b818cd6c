//! Counts the primes up to a limit with the sieve of Eratosthenes.

use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
struct Input {
    limit: usize,
}

#[derive(Default, Serialize)]
struct Primes {
    count: usize,
    last: Option<usize>,
}

fn handle(Input { limit }: Input) -> Primes {
    let mut composite = vec![false; limit + 1];
    let mut primes = Primes::default();
    for n in 2..=limit {
        if composite[n] {
            continue;
        }
        primes.count += 1;
        primes.last = Some(n);
        // Beyond the root every multiple is marked, and its square may be no `usize`.
        if let Some(square) = n.checked_mul(n) {
            (square..=limit).step_by(n).for_each(|multiple| composite[multiple] = true);
        }
    }
    primes
}
