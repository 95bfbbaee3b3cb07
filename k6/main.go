// Command k6 is k6 with SQL on PostgreSQL: what --engine k6 runs.
package main

import (
	_ "github.com/grafana/xk6-sql"
	"github.com/grafana/xk6-sql/sql"
	_ "github.com/lib/pq"
	"go.k6.io/k6/cmd"
)

func init() {
	// As k6/x/sql/driver/postgres, under lib/pq's own name for database/sql.
	sql.RegisterModule("postgres")
}

func main() {
	cmd.Execute()
}
