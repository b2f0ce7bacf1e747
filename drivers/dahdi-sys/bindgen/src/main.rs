//! Makes the bindings of `drivers/dahdi-sys` from `dahdi/user.h`, or compares: `./justw bindings`, `tools/bindings`.
//!
//! `dahdi-bindgen write|check INCLUDE-FOLDER BINDINGS RUSTFMT.TOML`

use std::{env, error::Error, fs, path::Path, process::ExitCode};

use bindgen::Builder;

type Outcome = Result<ExitCode, Box<dyn Error>>;

fn main() -> ExitCode {
    let words: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let outcome = match words[..] {
        ["write", include, bindings, style] => write(include, bindings, style),
        ["check", include, bindings, style] => check(include, bindings, style),
        _ => Err("say write or check, the folder of dahdi/user.h, the file of the bindings, and rustfmt.toml".into()),
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("bindings: {error}");
        ExitCode::FAILURE
    })
}

fn write(include: &str, bindings: &str, style: &str) -> Outcome {
    fs::write(bindings, made_from(include, style)?)?;
    Ok(ExitCode::SUCCESS)
}

fn check(include: &str, bindings: &str, style: &str) -> Outcome {
    let (made, kept) = (made_from(include, style)?, fs::read_to_string(bindings)?);
    let mut pairs = made.lines().zip(kept.lines()).enumerate();
    if made == kept {
        println!("{bindings} is what dahdi/user.h says: {} lines", kept.lines().count());
        return Ok(ExitCode::SUCCESS);
    }
    let (number, (made, kept)) = pairs.find(|(_, (made, kept))| made != kept).unwrap_or((0, ("", "another length")));
    println!("{bindings}, line {}: dahdi/user.h gives\n  {made}\nand there stands\n  {kept}", number + 1);
    println!("If the header has changed: ./justw bindings makes the file anew.");
    Ok(ExitCode::FAILURE)
}

fn made_from(include: &str, style: &str) -> Result<String, Box<dyn Error>> {
    let header = Path::new(include).join("dahdi/user.h");
    let header = header.to_str().ok_or("the folder's name is not text")?;
    let bindings = Builder::default()
        .header(header)
        .clang_arg(format!("-I{include}"))
        .allowlist_file(header)
        // An ioctl's number is a macro with sizeof in it, which only the compiler can work out.
        .clang_macro_fallback()
        .clang_macro_fallback_build_dir(env::temp_dir())
        .derive_default(true)
        // Digits are secret: this one holds what is dialled.
        .no_debug("dahdi_dialoperation")
        .generate_comments(false)
        .disable_header_comment()
        .raw_line("//! Made by `./justw bindings` from `dahdi/user.h`; not edited by hand.")
        .rustfmt_configuration_file(Some(Path::new(style).canonicalize()?))
        .generate()?;
    Ok(bindings.to_string())
}
