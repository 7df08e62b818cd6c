//! Variables and secrets: from the command line and the API into functions of every kind, and nowhere else.

mod fleet;
mod functions;
mod shapes;

/// A program that writes its environment to standard output.
const ENVIRON: &str = "AGFzbQEAAAABEgNgBH9/f38Bf2ACf38Bf2AAAAJzAxZ3YXNpX3NuYXBzaG90X3ByZXZpZXcxCGZkX3dyaXRlAAAWd2FzaV9zbmFwc2hvdF9wcmV2aWV3MRFlbnZpcm9uX3NpemVzX2dldAABFndhc2lfc25hcHNob3RfcHJldmlldzELZW52aXJvbl9nZXQAAQMCAQIFAwEAAQcTAgZtZW1vcnkCAAZfc3RhcnQAAwonASUAQRBBBBABGkGABEGACBACGkEAQYAINgIAQQFBAEEBQQgQABoL";
