require "bundler"
d = Bundler::Dsl.evaluate(Pathname("Gemfile"), Pathname("Gemfile.lock"), {})
l = Bundler::LockfileParser.new(File.read("Gemfile.lock"))
by = l.specs.group_by(&:name)
reach = {}
walk = lambda do |name, scope|
  (by[name] || []).each do |s|
    k = [s.full_name, scope]
    next if reach[k]
    reach[k] = true
    s.dependencies.each { |x| walk.(x.name, scope) }
  end
end
d.dependencies.each do |dep|
  dep.groups.each { |g| walk.(dep.name, g) }
end
out = l.specs.map do |s|
  groups = reach.keys.select { |k| k[0] == s.full_name }.map { |k| k[1].to_s }.uniq.sort
  "#{s.name} #{s.version} #{s.platform} #{groups.join(',')}#{' direct' if d.dependencies.any? { |x| x.name == s.name }}"
end
l.specs.each { |s| s.dependencies.each { |x| out << "#{s.name} #{s.platform} > #{x.name} #{x.requirement.to_s.split(', ').sort.join(',')}" unless x.name == "bundler" } }
puts out.uniq.sort
