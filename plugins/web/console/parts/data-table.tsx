/** A dense table that can be sorted. A row is made anew only when it is another object, so that many rows stay quick. */

import { memo, type ReactNode, useMemo, useState } from 'react';

export interface Column<Row> {
  readonly id: string;
  readonly title: string;
  render(row: Row): ReactNode;
  /** Right-aligned, digits of one width. */
  readonly isNumber?: boolean;
  /** Ascending. Absent: it cannot be sorted by. */
  readonly compare?: (one: Row, other: Row) => number;
  /** The largest first, when somebody chooses it. */
  readonly isDescendingFirst?: boolean;
  /** Where there is little room: on a line of its own below the others, or not at all. */
  readonly onPhone?: 'below' | 'hidden';
  /** The head is for screen readers alone. */
  readonly isTitleHidden?: boolean;
}

export interface Sorting {
  readonly column: string;
  readonly isDescending: boolean;
}

export interface DataTableProps<Row> {
  /** What the table holds, for screen readers. */
  readonly label: string;
  /** The same array in each render, and the first one names the row. */
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  keyOf(row: Row): string;
  readonly initialSorting?: Sorting;
  /** Instead of a body without rows. */
  readonly empty?: ReactNode;
}

export function DataTable<Row>(props: DataTableProps<Row>) {
  const { label, columns, rows, keyOf, initialSorting, empty } = props;
  const [sorting, setSorting] = useState(initialSorting);
  const sorted = useMemo(() => sortRows(rows, columns, sorting), [rows, columns, sorting]);
  if (rows.length === 0 && empty !== undefined) return empty;
  return (
    // A region that scrolls must be reached by keys as well.
    // biome-ignore lint/a11y/noNoninteractiveTabindex: see above
    <section className="table-frame" aria-label={label} tabIndex={0}>
      <table className="table">
        <thead>
          <tr>
            {columns.map((column) => (
              <HeadCell key={column.id} column={column} sorting={sorting} onSort={setSorting} />
            ))}
          </tr>
        </thead>
        <tbody>
          {sorted.map((row) => (
            <MemoRow key={keyOf(row)} row={row} columns={columns as readonly Column<unknown>[]} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

interface HeadCellProps<Row> {
  readonly column: Column<Row>;
  readonly sorting: Sorting | undefined;
  onSort(sorting: Sorting): void;
}

function HeadCell<Row>({ column, sorting, onSort }: HeadCellProps<Row>) {
  const { id, title, compare, isTitleHidden, isDescendingFirst = false } = column;
  const isActive = sorting?.column === id;
  const direction = sorting?.isDescending === true ? 'descending' : 'ascending';
  return (
    <th scope="col" className={classOf(column)} aria-sort={isActive ? direction : undefined}>
      {compare === undefined ? (
        <span className={isTitleHidden === true ? 'visually-hidden' : undefined}>{title}</span>
      ) : (
        <button
          type="button"
          className="table-sort"
          onClick={() =>
            onSort({ column: id, isDescending: isActive ? !sorting?.isDescending : isDescendingFirst })
          }
        >
          {title}
          <span aria-hidden="true" className="table-arrow">
            {isActive ? (direction === 'descending' ? '▾' : '▴') : ''}
          </span>
        </button>
      )}
    </th>
  );
}

const MemoRow = memo(function TableRow({
  row,
  columns,
}: {
  readonly row: unknown;
  readonly columns: readonly Column<unknown>[];
}) {
  return (
    <tr>
      {columns.map((column, index) =>
        index === 0 ? (
          <th key={column.id} scope="row" className={classOf(column)}>
            {column.render(row)}
          </th>
        ) : (
          <td key={column.id} className={classOf(column)}>
            {column.render(row)}
          </td>
        ),
      )}
    </tr>
  );
});

function classOf<Row>({ id, isNumber, onPhone }: Column<Row>): string {
  const phone = onPhone === undefined ? '' : ` phone-${onPhone}`;
  return `column-${id}${isNumber === true ? ' number' : ''}${phone}`;
}

/** Equals keep their order. */
function sortRows<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  sorting: Sorting | undefined,
): readonly Row[] {
  const compare = columns.find(({ id }) => id === sorting?.column)?.compare;
  if (compare === undefined) return rows;
  const sign = sorting?.isDescending === true ? -1 : 1;
  return [...rows].sort((one, other) => sign * compare(one, other));
}
