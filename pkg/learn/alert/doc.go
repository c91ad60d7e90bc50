// Package alert reads what forges export of their alerts: who dismissed or fixed what, when and why.
package alert
