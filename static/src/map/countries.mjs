// Which countries are named on our maps: ISO 3166 numbers, as the atlases have them, to codes.
export const COUNTRIES = {
  "008": "AL", "040": "AT", "056": "BE", "070": "BA", "100": "BG", "112": "BY", "191": "HR",
  "203": "CZ", "208": "DK", "233": "EE", "246": "FI", "250": "FR", "276": "DE", "300": "GR", "348": "HU",
  "352": "IS", "372": "IE", "380": "IT", "428": "LV", "440": "LT", "442": "LU", "498": "MD", "499": "ME",
  "528": "NL", "578": "NO", "616": "PL", "620": "PT", "642": "RO", "643": "RU", "688": "RS",
  "703": "SK", "705": "SI", "724": "ES", "752": "SE", "756": "CH", "788": "TN", "792": "TR", "804": "UA",
  "807": "MK", "826": "GB", "012": "DZ",
};
// Too small or too far away for the drawn map; the interactive one has room for them. booking/web/maps.py says them.
export const MORE_COUNTRIES = {
  "020": "AD", "031": "AZ", "051": "AM", "196": "CY", "234": "FO", "268": "GE", "376": "IL", "400": "JO", "422": "LB",
  "434": "LY", "438": "LI", "470": "MT", "504": "MA", "674": "SM", "760": "SY", "818": "EG",
};
// Where the middle of the largest piece is a bad place for a name: longitude, latitude.
export const LABELS_BY_HAND = {
  FR: [2.6, 46.6], NO: [9.2, 61.2], SE: [15.4, 61.6], GB: [-1.6, 52.9], FI: [26.6, 62.6], RU: [34.2, 57.6],
  HR: [16.4, 45.6], GR: [22.1, 39.6], IT: [12.9, 43.0], TR: [32.4, 39.2], DZ: [3.4, 35.5],
  TN: [9.2, 35.7], NL: [5.6, 52.4],
};
