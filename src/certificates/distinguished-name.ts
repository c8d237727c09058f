import { der } from "../der/index.ts";

/** The parts of a distinguished name that are written. Leave out what a name does not have. */
export interface NameParts {
  readonly commonName?: string;
  readonly organization?: string;
  readonly locality?: string;
  /** Two capital letters (ISO 3166). */
  readonly country?: string;
}

/**
 * A Name in DER (RFC 5280, 4.1.2.4), in the order common name, organisation, locality, country, which is that of
 * Intel's certificates. No parts give the empty name, which a leaf with alternative names may have as its subject.
 *
 * @throws RangeError if the country is not two capital letters
 */
export function distinguishedName(parts: NameParts): Uint8Array {
  const { commonName, organization, locality, country } = parts;
  const attributes: Uint8Array[] = [];
  if (commonName !== undefined) attributes.push(attribute("2.5.4.3", der.utf8String(commonName)));
  if (organization !== undefined) attributes.push(attribute("2.5.4.10", der.utf8String(organization)));
  if (locality !== undefined) attributes.push(attribute("2.5.4.7", der.utf8String(locality)));
  if (country !== undefined) {
    if (!/^[A-Z]{2}$/.test(country)) throw new RangeError("country: not two capital letters");
    // RFC 5280, appendix A: the one attribute that must be a PrintableString.
    attributes.push(attribute("2.5.4.6", der.printableString(country)));
  }
  return der.sequence(...attributes);
}

function attribute(type: string, value: Uint8Array): Uint8Array {
  return der.setOfOne(der.sequence(der.oid(type), value));
}
