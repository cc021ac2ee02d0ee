variable "dialect" {
  type = string
}

variable "dev" {
  type = string
}

variable "package" {
  type = string
}

variable "older" {
  type    = string
  default = ""
}

data "external_schema" "package" {
  program = ["python3", "load_models.py", var.dialect, var.package, var.older]
}

env "project" {
  src = data.external_schema.package.url
  dev = var.dev
  migration {
    dir = "file://migrations"
  }
  format {
    migrate {
      diff = "{{ sql . \"  \" }}"
    }
  }
}
