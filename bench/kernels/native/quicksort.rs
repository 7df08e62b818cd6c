//! Sorts n pseudo-random integers; answers a checksum that depends on their order.

fn sort(values: &mut [i32]) {
    let mut values = values;
    while values.len() > 1 {
        let pivot = values[(values.len() - 1) / 2];
        let (mut i, mut j) = (0, values.len() as isize - 1);
        while i <= j {
            while values[i as usize] < pivot {
                i += 1;
            }
            while values[j as usize] > pivot {
                j -= 1;
            }
            if i <= j {
                values.swap(i as usize, j as usize);
                i += 1;
                j -= 1;
            }
        }
        let (left, right) = values.split_at_mut(i as usize);
        let left = &mut left[..(j + 1) as usize];
        if left.len() < right.len() {
            sort(left);
            values = right;
        } else {
            sort(right);
            values = left;
        }
    }
}

pub fn run(n: i32) -> f64 {
    let mut seed = 42_i32;
    let mut values: Vec<i32> = (0..n)
        .map(|_| {
            seed = seed.wrapping_mul(1_103_515_245).wrapping_add(12_345);
            seed >> 8
        })
        .collect();
    sort(&mut values);
    f64::from(values.iter().fold(0_i32, |sum, value| sum.wrapping_mul(31).wrapping_add(*value)))
}
