Gem::Specification.new do |spec|
  spec.name = "own"
  spec.version = "0.1.0"
  spec.summary = "The shop's own gem"
  spec.authors = ["The shop"]
  spec.files = []
  spec.add_dependency "http-core", ">= 1.2"
  spec.add_development_dependency "diffs", "~> 1.2"
end
