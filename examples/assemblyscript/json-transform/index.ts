// Turns a list of people into an index by city.

import { JSON } from "json-as";

@json
class Address {
  city: string = "unknown";
}

@json
class Person {
  name: string = "";
  address: Address = new Address();
}

@json
class Request {
  people: Person[] = [];
}

@json
class Answer {
  cities: Map<string, string[]> = new Map<string, string[]>();
}

export function handle(input: string): string {
  const people = JSON.parse<Request>(input).people;
  const answer = new Answer();
  for (let i = 0; i < people.length; i++) {
    const city = people[i].address.city;
    if (!answer.cities.has(city)) answer.cities.set(city, []);
    answer.cities.get(city).push(people[i].name);
  }
  return JSON.stringify(answer);
}
