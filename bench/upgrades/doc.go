// Upgrades measures the fixes that fettle drafts for real lockfiles beside what a user would otherwise run, and prints
// Markdown tables.
//
// Run it at the top of the repository:
//
//	go run ./bench/upgrades -db FILE -work FOLDER
//
// The database is one of all records (fettle db build --from DIR --out FILE); osv-scanner gets the same records, and so does
// the audit of npm. Each way starts from a fresh copy of the application, and the result is read by fettle's own discovery,
// whoever made it. Ways that cannot run are named with the reason and get no number.
package main
