//! `URL`: parsing and changing, as the WHATWG standard has it.

use url::{Url, quirks};
use wasmtime::Result;

use super::guest::{Guest, NOTHING};

/// Longest URL and longest part, in bytes.
const MAX_URL_BYTES: usize = 256 << 10;

/// `parse(input, base | "")` or the name of a part, `(href, value)`: the parts of the URL as a JSON array, in the order
/// the prelude reads them; nothing if it is no URL.
pub(super) fn call(
    guest: &mut Guest<'_, '_>,
    operation: u32,
    first: u32,
    second: u32,
    has_base: Option<u32>,
) -> Result<u32> {
    let (Some(operation), Some(first), Some(second)) =
        (guest.string(operation)?, guest.string(first)?, guest.string(second)?)
    else {
        return Ok(NOTHING);
    };
    if first.len() + second.len() > MAX_URL_BYTES {
        return Ok(NOTHING);
    }
    let url = if operation == "parse" {
        let base = match has_base {
            Some(_) => match Url::parse(&second) {
                Ok(base) => Some(base),
                Err(_) => return Ok(NOTHING),
            },
            None => None,
        };
        Url::options().base_url(base.as_ref()).parse(&first).ok()
    } else {
        Url::parse(&first).ok().and_then(|url| change(url, &operation, &second))
    };
    match url {
        Some(url) => guest.new_string(&parts(&url)),
        None => Ok(NOTHING),
    }
}

/// A part that cannot be changed so leaves the URL as it is, except for `href`.
fn change(mut url: Url, part: &str, value: &str) -> Option<Url> {
    match part {
        "href" => return Url::parse(value).ok(),
        "protocol" => drop(quirks::set_protocol(&mut url, value)),
        "username" => drop(quirks::set_username(&mut url, value)),
        "password" => drop(quirks::set_password(&mut url, value)),
        "host" => drop(quirks::set_host(&mut url, value)),
        "hostname" => drop(quirks::set_hostname(&mut url, value)),
        "port" => drop(quirks::set_port(&mut url, value)),
        "pathname" => quirks::set_pathname(&mut url, value),
        "search" => quirks::set_search(&mut url, value),
        "hash" => quirks::set_hash(&mut url, value),
        _ => return None,
    }
    Some(url)
}

fn parts(url: &Url) -> String {
    let origin = quirks::origin(url);
    let parts = [
        quirks::href(url),
        &origin,
        quirks::protocol(url),
        quirks::username(url),
        quirks::password(url),
        quirks::host(url),
        quirks::hostname(url),
        quirks::port(url),
        quirks::pathname(url),
        quirks::search(url),
        quirks::hash(url),
    ];
    serde_json::Value::from(parts.to_vec()).to_string()
}
