//! A throw of the dice, for waits that should not all end at once.

use aws_lc_rs::rand;

/// A number in 0..1.
pub fn chance() -> f64 {
    let mut bytes = [0; 4];
    // Without randomness the waits are merely not spread.
    let _ = rand::fill(&mut bytes);
    f64::from(u32::from_le_bytes(bytes)) / f64::from(u32::MAX)
}
