//! Which addresses a callback may reach: public ones, and what the operator allows. Otherwise whoever may call a function
//! could have this server speak to its own network: databases, metadata services, its own API.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    str::FromStr,
};

use ipnet::IpNet;

/// Networks that may be reached although they are not public.
#[derive(Debug, Clone, Default)]
pub struct AllowedNetworks(Vec<IpNet>);

/// A text that is no network.
#[derive(Debug, Clone, thiserror::Error)]
#[error("`{0}` is no network; use an address or a prefix such as 10.1.0.0/16")]
pub struct InvalidNetwork(String);

impl AllowedNetworks {
    /// From addresses and prefixes.
    ///
    /// # Errors
    /// Names the first that is neither.
    pub fn new<'a>(texts: impl IntoIterator<Item = &'a str>) -> Result<Self, InvalidNetwork> {
        let network = |text: &str| {
            IpNet::from_str(text)
                .ok()
                .or_else(|| IpAddr::from_str(text).ok().map(IpNet::from))
                .ok_or_else(|| InvalidNetwork(text.to_owned()))
        };
        texts.into_iter().map(str::trim).filter(|text| !text.is_empty()).map(network).collect::<Result<_, _>>().map(Self)
    }

    /// Whether `address` may be reached.
    pub(super) fn may_reach(&self, address: IpAddr) -> bool {
        let address = unwrapped(address);
        is_public(address) || self.0.iter().any(|network| network.contains(&address))
    }
}

/// An IPv4 address in any of its IPv6 disguises is that IPv4 address.
fn unwrapped(address: IpAddr) -> IpAddr {
    let IpAddr::V6(v6) = address else { return address };
    let octets = v6.octets();
    let last = || Ipv4Addr::new(octets[12], octets[13], octets[14], octets[15]);
    match v6.segments() {
        // Mapped (::ffff:0:0/96), translated (64:ff9b::/96), and compatible (::/96) but `::` and `::1`.
        [0, 0, 0, 0, 0, 0xffff, ..] | [0x64, 0xff9b, 0, 0, 0, 0, ..] => last().into(),
        [0, 0, 0, 0, 0, 0, high, low] if (high, low) != (0, 0) && (high, low) != (0, 1) => last().into(),
        // 6to4 (2002::/16).
        [0x2002, ..] => Ipv4Addr::new(octets[2], octets[3], octets[4], octets[5]).into(),
        _ => address,
    }
}

/// Whether the address is one of the public internet. Source: the IANA registries of special-purpose addresses.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => is_public_v6(v6),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let special = address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_broadcast()
        || address.is_documentation()
        || address.is_multicast();
    let special = special
        || match address.octets() {
            // This network; shared by carriers; protocol assignments; benchmarks; reserved.
            [0, ..] | [192, 0, 0, _] | [198, 18..=19, ..] | [240..=255, ..] => true,
            [100, second, ..] => (64..128).contains(&second),
            // The old anycast relays of 6to4.
            [192, 88, 99, _] => true,
            _ => false,
        };
    !special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    // Only 2000::/3 is given out; of that, not protocol assignments (2001::/23), documentation (2001:db8::/32, 3fff::/20).
    let [first, second, ..] = address.segments();
    let given_out = (0x2000..0x4000).contains(&first);
    let special = (first == 0x2001 && (second < 0x200 || second == 0xdb8)) || (first == 0x3fff && second < 0x1000);
    given_out && !special
}

#[cfg(test)]
mod tests {
    use super::*;

    fn may(address: &str, allowed: &[&str]) -> bool {
        AllowedNetworks::new(allowed.iter().copied()).expect("networks").may_reach(address.parse().expect("an address"))
    }

    #[test]
    fn only_public_addresses_are_reached() {
        for address in ["1.1.1.1", "93.184.216.34", "2606:4700::1111", "100.63.0.1", "172.15.0.1", "172.32.0.1"] {
            assert!(may(address, &[]), "{address}");
        }
        for address in [
            "127.0.0.1",
            "127.255.0.1",
            "0.0.0.0",
            "10.0.0.1",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "192.0.0.192",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "fe80::1",
            "fc00::1",
            "fd00:ec2::254",
            "ff02::1",
            "2001:db8::1",
            "::ffff:127.0.0.1",
            "::ffff:169.254.169.254",
            "::127.0.0.1",
            "64:ff9b::a9fe:a9fe",
            "2002:7f00:1::",
            "2002:a9fe:a9fe::",
        ] {
            assert!(!may(address, &[]), "{address}");
        }
        assert!(may("::ffff:1.1.1.1", &[]));
    }

    #[test]
    fn the_operator_may_allow_more() {
        assert!(may("10.1.2.3", &["10.1.0.0/16"]));
        assert!(may("::ffff:10.1.2.3", &["10.1.0.0/16"]));
        assert!(!may("10.2.2.3", &["10.1.0.0/16"]));
        assert!(may("127.0.0.1", &["127.0.0.1", "::1"]));
        assert!(AllowedNetworks::new(["localhost"]).is_err());
    }
}
