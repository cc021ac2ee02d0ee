variable "dialect" {
  type = string
}

variable "dev" {
  type = string
}

data "external_schema" "hub" {
  program = ["python3", "load_models.py", var.dialect]
}

env "hub" {
  src = data.external_schema.hub.url
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
