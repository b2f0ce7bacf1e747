//! How every bench tells its figures: `figure NAME VALUE UNIT`, one a line.

/// Tells one figure.
#[allow(clippy::print_stdout)] // the output of a bench is its figures
pub fn figure(name: &str, value: f64, unit: &str) {
    println!("figure {name} {} {unit}", rounded(value));
}

/// Tells under which conditions the figures hold.
#[allow(clippy::print_stdout)] // as above
pub fn note(text: &str) {
    println!("{text}");
}

/// The middle one of several measurements: machines are shared, and a mean would tell of the neighbours.
#[allow(dead_code)] // not every bench measures more than once
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// Three digits are more than any measurement here is good for.
fn rounded(value: f64) -> String {
    match value.abs() {
        100.0.. => format!("{value:.0}"),
        10.0.. => format!("{value:.1}"),
        1.0.. => format!("{value:.2}"),
        _ => format!("{value:.3}"),
    }
}
