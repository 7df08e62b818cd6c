//! SHA-256 over n blocks of 64 bytes made from the block's number; answers the first word of the digest.

/// The fractional bits of the cube roots of the first 64 primes, found by bisection.
fn constants() -> [u32; 64] {
    let mut k = [0; 64];
    let primes = (2..).filter(|candidate| (2..).take_while(|d| d * d <= *candidate).all(|d| candidate % d != 0));
    for (constant, prime) in k.iter_mut().zip(primes) {
        let (mut low, mut high) = (0.0, 8.0);
        for _ in 0..80 {
            let middle: f64 = (low + high) / 2.0;
            if middle * middle * middle < f64::from(prime) {
                low = middle;
            } else {
                high = middle;
            }
        }
        *constant = (low.fract() * 4_294_967_296.0) as u32;
    }
    k
}

pub fn run(n: i32) -> f64 {
    let k = constants();
    let mut w = [0_u32; 64];
    let mut h = [
        0x6a09_e667_u32, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19,
    ];
    for block in 0..n as u32 {
        for (i, word) in w[..16].iter_mut().enumerate() {
            *word = (block * 16 + i as u32).wrapping_mul(2_654_435_761);
        }
        for i in 16..64 {
            let s0 = w[i - 15].rotate_right(7) ^ w[i - 15].rotate_right(18) ^ (w[i - 15] >> 3);
            let s1 = w[i - 2].rotate_right(17) ^ w[i - 2].rotate_right(19) ^ (w[i - 2] >> 10);
            w[i] = w[i - 16].wrapping_add(s0).wrapping_add(w[i - 7]).wrapping_add(s1);
        }
        let [mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut l] = h;
        for i in 0..64 {
            let s1 = e.rotate_right(6) ^ e.rotate_right(11) ^ e.rotate_right(25);
            let t1 = l.wrapping_add(s1).wrapping_add((e & f) ^ (!e & g)).wrapping_add(k[i]).wrapping_add(w[i]);
            let s0 = a.rotate_right(2) ^ a.rotate_right(13) ^ a.rotate_right(22);
            let t2 = s0.wrapping_add((a & b) ^ (a & c) ^ (b & c));
            (l, g, f, e, d, c, b, a) = (g, f, e, d.wrapping_add(t1), c, b, a, t1.wrapping_add(t2));
        }
        for (sum, value) in h.iter_mut().zip([a, b, c, d, e, f, g, l]) {
            *sum = sum.wrapping_add(value);
        }
    }
    f64::from(h[0])
}
