//! The command `gilsim`.

fn main() -> std::process::ExitCode {
    gilsim::cli::main()
}
