/** What both engines are to do alike, and the schema that it is done on. */
import { failureCases } from "./case-failures.ts";
import { valueCases } from "./case-values.ts";
import type { Case } from "./play.ts";

export const cases: readonly Case[] = [...valueCases, ...failureCases];

export const schemaSql = `
create type mood as enum ('sad', 'happy');
create table merged (a integer);
create table single (id integer primary key);
insert into single values (1);
create table parent (id integer primary key);
create table child (id integer references parent deferrable initially deferred);
create table leaving (id integer);
create function leave() returns trigger language plpgsql as
  $$ begin perform pg_terminate_backend(pg_backend_pid()); return null; end $$;
create constraint trigger leaves after insert on leaving
  deferrable initially deferred for each row execute function leave();
create procedure doubled(n integer, inout twice integer) language plpgsql as
  $$ begin twice := 2 * n; end $$;
create procedure committing() language plpgsql as $$ begin commit; end $$;
create function raised(state text) returns integer language plpgsql as
  $$ begin if state is null then return 0; end if; raise exception 'raised' using errcode = state; end $$;
create function noticed(count integer) returns integer language plpgsql as
  $$ begin
    for n in 1..count loop raise notice 'number %', n; end loop;
    return count;
  end $$;`;
