# Writes what a source has of a gem, one line of JSON for each version. It asks as Bundler does.
require "bundler"
require "json"
require "uri"
Bundler.ui = Bundler::UI::Silent.new
name, floor = ARGV
remotes = ENV.fetch("FETTLE_GEM_SOURCES", "").split
remotes = Gem.sources.to_a.map(&:to_s) if remotes.empty?
floor = Gem::Version.new(floor)
left = 400
remotes.each do |address|
  address += "/" unless address.end_with?("/")
  remote = Bundler::Source::Rubygems::Remote.new(defined?(Gem::URI) ? Gem::URI.parse(address) : URI.parse(address)) # it asks the mirrors
  index = Bundler::Fetcher.new(remote).specs_with_retry([name], Bundler::Source::Rubygems.new("remotes" => [address]))
  index.search(name).select {|s| s.name == name && s.version >= floor }.sort_by(&:version).each do |s|
    break if (left -= 1) < 0
    line = { "version" => s.version.to_s, "platform" => s.platform.to_s }
    begin
      line["needs"] = s.dependencies.select {|d| d.type == :runtime }.map {|d| [d.name, d.requirement.requirements.map {|o, v| "#{o} #{v}" }.join(", ")] }
      ruby = s.required_ruby_version
      line["ruby"] = ruby.to_s if ruby
      line["created"] = s.created_at.to_s if s.respond_to?(:created_at) && s.created_at
    rescue StandardError
      line.delete("needs")
    end
    puts "fettle " + JSON.generate(line)
  end
end
puts "fettle done"
