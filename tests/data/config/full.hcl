variable "tenant" {
  type        = string
  default     = "acme"
  description = "who"
}
locals {
  host = getenv("HOST")
  base = "postgres://${local.host}:5433"
}
lint {
  latest = 3
  destructive {
    error = false
  }
}
diff {
  skip {
    drop_table  = true
    drop_schema = false
  }
}
env "local" {
  url     = urluserinfo(urlsetpath(local.base, var.tenant), "me", getenv("DB_PASSWORD"))
  dev     = "docker://postgres/17/dev?search_path=public"
  src     = ["file://a.sql", "file://b.sql"]
  schemas = ["public", "audit"]
  exclude = "*.tmp_*"
  tenant  = upper(var.tenant)
  missing = null
  migration {
    dir              = "file://db/migrations?format=atlas"
    format           = atlas
    exec_order       = NON_LINEAR
    lock_timeout     = "1m30s"
    baseline         = "20240101000000"
    revisions_schema = "meta"
    exclude          = ["x"]
    repo {
      name = "app"
    }
  }
  diff {
    concurrent_index {
      add  = true
      drop = true
    }
  }
  lint {
    git {
      base = "main"
    }
    review = WARNING
    format = "{{ json .Files }}"
  }
  format {
    migrate {
      apply = "json"
      diff  = <<-EOT
        {{ range .Changes }}{{ .Cmd }};
        {{ end }}
      EOT
    }
    schema {
      inspect = "{{ sql . \"\t\" }}"
    }
  }
}
env "broken" {
  url = nope(var.undeclared)
  whatever {
  }
}
