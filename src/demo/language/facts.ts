import type { Answerer } from "./reply.ts";
import { prose } from "./template.ts";

const CAPITALS: ReadonlyMap<string, string> = new Map(
  `france:Paris germany:Berlin italy:Rome spain:Madrid portugal:Lisbon england:London britain:London
  ireland:Dublin scotland:Edinburgh wales:Cardiff netherlands:Amsterdam belgium:Brussels switzerland:Bern austria:Vienna
  poland:Warsaw denmark:Copenhagen sweden:Stockholm norway:Oslo finland:Helsinki iceland:Reykjavik greece:Athens
  turkey:Ankara hungary:Budapest czechia:Prague romania:Bucharest bulgaria:Sofia ukraine:Kyiv estonia:Tallinn latvia:Riga
  lithuania:Vilnius croatia:Zagreb slovenia:Ljubljana serbia:Belgrade japan:Tokyo china:Beijing india:New_Delhi south_korea:Seoul
  thailand:Bangkok vietnam:Hanoi indonesia:Jakarta philippines:Manila australia:Canberra canada:Ottawa egypt:Cairo
  kenya:Nairobi morocco:Rabat ethiopia:Addis_Ababa ghana:Accra brazil:Brasília argentina:Buenos_Aires chile:Santiago
  peru:Lima colombia:Bogotá mexico:Mexico_City cuba:Havana jamaica:Kingston america:Washington united_states:Washington united_kingdom:London
  great_britain:London`
    .split(/\s+/)
    .map((pair) => pair.replace(/_/g, " ").split(":") as [string, string]),
);

const ANSWER = prose(
  "{The capital of {country} is {capital}.|{capital} is the capital of {country}.|That is {capital}.}",
);

/** The one piece of general knowledge that everybody asks a new model for. */
export const answerCapital: Answerer = ({ text }) => {
  const country = /\bcapital (?:city )?of (?:the )?(\p{L}+(?: \p{L}+)?)/iu.exec(text)?.[1];
  const found = findCapital(country ?? "");
  return found === undefined ? undefined : { phrase: ANSWER, slots: found };
};

/** The country that a phrase of one or two words begins with, and its capital. */
export function findCapital(phrase: string): { country: string; capital: string } | undefined {
  for (const country of [phrase, phrase.split(" ")[0] ?? ""]) {
    const capital = CAPITALS.get(country.toLowerCase());
    if (capital !== undefined) return { country, capital };
  }
  return undefined;
}

/** The names in the table, for the vocabulary. */
export const CAPITAL_NAMES = [...CAPITALS.values()];
