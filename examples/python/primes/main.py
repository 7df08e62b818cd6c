"""The primes up to a limit, by the sieve of Eratosthenes."""

from math import isqrt


def handle(input):
    limit = input["limit"]
    prime = bytearray([1]) * (limit + 1)
    prime[:2] = bytes(min(2, limit + 1))
    for number in range(2, isqrt(limit) + 1):
        if prime[number]:
            multiples = slice(number * number, limit + 1, number)
            prime[multiples] = bytes(len(prime[multiples]))
    last = prime.rfind(1)
    return {"count": sum(prime), "last": last if last > 0 else None}
