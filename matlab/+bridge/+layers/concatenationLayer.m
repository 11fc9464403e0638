function y = concatenationLayer(layer, varargin) %#ok<INUSL>
    % CONCATENATIONLAYER  The channels of all inputs, side by side.
    %
    %   y = bridge.layers.concatenationLayer(layer, x1, x2, ...).

    y = [varargin{:}];
end
