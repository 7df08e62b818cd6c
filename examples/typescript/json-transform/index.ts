// Turns a list of people into an index by city, asynchronously.  @nil typescript

interface Person {
  name: string;
  address?: { city?: string };
}

async function cityOf(person: Person): Promise<string> {
  return person.address?.city ?? "unknown";
}

export async function handle({ people }: { people: Person[] }): Promise<{ cities: Record<string, string[]> }> {
  const cities: Record<string, string[]> = {};
  for (const person of people) (cities[await cityOf(person)] ??= []).push(person.name);
  return { cities };
}
