'use strict'
// A value of every declared type, with the names that differ on purpose.

/** Types that only exist as types are exported as values by the official file, too. */
const NAMESPACES = ['DB', 'ICloud', 'Functions', 'Storage', 'Utils']
/** Members that lead back into the client; users have no business with them. */
const INNER = ['database', 'cloud', 'fieldName', 'operator', 'operands']
const TEXT = ['toString']

module.exports = (cloud) => {
  const db = cloud.database()
  const { command: _, Geo } = db
  const collection = db.collection('c')
  const line = Geo.LineString([Geo.Point(0, 0), Geo.Point(0, 0)])
  const polygon = Geo.Polygon([line])
  return {
    '': { value: cloud, ignored: NAMESPACES },
    'DB.Database': { value: db, ignored: INNER },
    'DB.CollectionReference': { value: collection, ignored: INNER },
    'DB.Query': { value: collection.where({}), ignored: INNER },
    'DB.DocumentReference': { value: collection.doc('a'), ignored: [...INNER, '_id'] },
    'DB.Aggregate': { value: collection.aggregate(), ignored: INNER },
    'DB.DatabaseCommand': { value: _ },
    'DB.DatabaseAggregation': { value: _.aggregate },
    'DB.DatabaseProjection': { value: _.project },
    'DB.DatabaseQueryCommand': { value: _.gt(1), ignored: INNER },
    'DB.DatabaseLogicCommand': { value: _.and(1), ignored: INNER },
    'DB.DatabaseUpdateCommand': { value: _.inc(1), ignored: INNER },
    'DB.IGeo': { value: Geo },
    'DB.GeoPoint': { value: Geo.Point(1, 2), ignored: TEXT },
    'DB.GeoLineString': { value: line, ignored: TEXT },
    'DB.GeoPolygon': { value: polygon, ignored: TEXT },
    'DB.GeoMultiPoint': { value: Geo.MultiPoint([Geo.Point(1, 2)]), ignored: TEXT },
    'DB.GeoMultiLineString': { value: Geo.MultiLineString([line]), ignored: TEXT },
    'DB.GeoMultiPolygon': { value: Geo.MultiPolygon([polygon]), ignored: TEXT },
    'DB.ServerDate': { value: db.serverDate() },
    'DB.RegExp': { value: db.RegExp({ regexp: 'a' }) },
    // The stages of the official builder that a `pipeline` lacks throw there; here they are missing.
    'DB.Pipeline': { value: _.aggregate.pipeline(), ignored: ['collStats', 'facet', 'graphLookup', 'indexStats', 'out', 'redact'] },
    'ICloud.Logger': { value: cloud.logger(), ignored: ['src', 'isSupportClsReport', 'transformMsg', 'baseLog'] },
  }
}
