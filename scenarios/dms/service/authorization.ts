/**
 * Finding 2, second half: whether the client may do this to that document, which takes four reads. In
 * the service each has a connection of its own, one after the other, before the request takes its main
 * one. The tables that they read are no part of the fixture; what is read instead are the columns into
 * which the service copies them.
 */
import { connected } from "../../../src/core/service.ts";
import { type Statement, statement } from "../../../src/core/step.ts";
import { query, type Transaction } from "../../../src/core/transaction.ts";
import type { Parent } from "../world.ts";
import { afar, type Service } from "./places.ts";

const columns = [
  "StudentSchoolAuthorizationEdOrgIds",
  "StudentEdOrgResponsibilityAuthorizationIds",
  "ContactStudentSchoolAuthorizationEdOrgIds",
  "StaffEducationOrganizationAuthorizationEdOrgIds",
];

const readEach = columns.map((column) => readOf(column, [column]));
const readAll = readOf("all", columns);

function readOf(name: string, selected: readonly string[]): Statement {
  const texts = selected.map((column) => `${column}::text`).join(", ");
  return statement(
    `authorize-by-${name}`,
    `select ${texts} from dms.Document where DocumentPartitionKey = $1::smallint and Id = $2::bigint`,
  );
}

interface AuthorizationForm {
  /** Before the request takes its main connection. */
  readonly ahead: (service: Service, document: Parent) => Transaction;
  /** First thing in the main transaction. */
  readonly within: (document: Parent) => Transaction;
}

export const authorizationForms = {
  before: { ahead: eachOnItsOwn, within: nothing },
  cached: { ahead: nothing, within: allAtOnce },
} as const satisfies Readonly<Record<string, AuthorizationForm>>;

function* eachOnItsOwn(service: Service, { key, id }: Parent): Transaction {
  for (const read of readEach) yield* connected(() => afar(service, query(read, key, id)));
}

function* allAtOnce({ key, id }: Parent): Transaction {
  yield* query(readAll, key, id);
}

function* nothing(): Transaction {}
