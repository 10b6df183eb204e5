import sqlite3 from "sqlite3";

/** A SQLite database by promises. Statements run one after another. */
export interface Sqlite {
  exec(sql: string): Promise<void>;
  run(sql: string, params?: readonly (string | number | null)[]): Promise<void>;
  /** The caller names the shape that its own SELECT has. */
  all<Row>(sql: string, params?: readonly (string | number | null)[]): Promise<Row[]>;
  close(): Promise<void>;
}

/** Opens (or makes) a database; an empty path is a private temporary one that vanishes when closed. */
export async function openSqlite(path: string): Promise<Sqlite> {
  const database = await new Promise<sqlite3.Database>((resolve, reject) => {
    const opened = new sqlite3.Database(path, (error) => (error ? reject(error) : resolve(opened)));
  });
  database.serialize();
  const settle = (resolve: () => void, reject: (error: Error) => void) => (error: Error | null) =>
    error ? reject(error) : resolve();
  return {
    exec: (sql) => new Promise((resolve, reject) => database.exec(sql, settle(resolve, reject))),
    run: (sql, params = []) => new Promise((resolve, reject) => database.run(sql, params, settle(resolve, reject))),
    all: <Row>(sql: string, params: readonly (string | number | null)[] = []) =>
      new Promise<Row[]>((resolve, reject) => {
        database.all<Row>(sql, params, (error, rows) => (error ? reject(error) : resolve(rows)));
      }),
    close: () => new Promise((resolve, reject) => database.close(settle(resolve, reject))),
  };
}
