// Turns a list of people into an index by city, asynchronously.

async function cityOf(person) {
  return person.address?.city ?? "unknown";
}

export async function handle({ people }) {
  const cities = {};
  for (const person of people) (cities[await cityOf(person)] ??= []).push(person.name);
  return { cities };
}
